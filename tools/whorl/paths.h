/* Where things are: relative to the tool's own file, so a build tree can be anywhere. */
#ifndef WHORL_PATHS_H
#define WHORL_PATHS_H

/* The path of something beside the tool, e.g. "whorl.elf" or "../extensions/include"; to be freed. */
char *path_beside_tool(const char *relative);

/* What follows the last slash. */
const char *path_base(const char *path);

#endif
