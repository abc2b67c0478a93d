/* Paths relative to /proc/self/exe. */
#include "tools/whorl/paths.h"

#include "tools/whorl/say.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

char *path_beside_tool(const char *relative)
{
    char tool[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", tool, sizeof(tool) - 1);
    char *slash;

    if (length < 0)
        length = 0;
    tool[length] = 0;
    slash = strrchr(tool, '/');
    if (slash == NULL)
        return must_format("%s", relative);
    return must_format("%.*s/%s", (int)(slash - tool), tool, relative);
}

const char *path_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}
