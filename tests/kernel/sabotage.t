# Does a defect of the kernel turn its suites red? Each sabotage below is one changed line; the suite named must fail when it runs in
# the kernel that comes of it. Works in a copy of the sources. Prints TAP for prove.
set -u
cd "$(dirname "$0")/../.." || exit 1
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
trap 'exit 1' HUP INT TERM

cp -rp Makefile linker.ld arch boot domains extensions kernel tests tools "$copy" || exit 1
mkdir "$copy/build"
cp -rp build/host build/target build/extensions build/whorl build/whorl.elf "$copy/build" || exit 1
mkdir "$copy/build/tests"
cp -rp build/tests/kernel "$copy/build/tests" || exit 1
for library in newlib libfdt zlib; do
    ln -s "$PWD/build/$library" "$copy/build/$library"
done
cp build/setup.lock "$copy/build" 2>/dev/null
touch -r build/setup.stamp "$copy/build/setup.stamp"
cd "$copy" || exit 1

n=0

# run_suite SUITE: succeeds if that does
run_suite()
{
    timeout 120 build/whorl run --timeout 100 --privileged -x "build/tests/kernel/$1_test.o" -c test >log 2>&1
}

# sabotage SUITE FILE WHAT PERL-EXPRESSION: the expression must change the file
sabotage()
{
    n=$((n + 1))
    cp -p "$2" saved
    perl -pi -e "$4" "$2"
    if cmp -s saved "$2"; then
        echo "not ok $n - $1: $3: nothing to change in $2"
    elif ! make -s WARNINGS= build/whorl.elf >log 2>&1; then
        echo "not ok $n - $1: $3: does not compile"
        sed 's/^/# /' log
    elif run_suite "$1"; then
        echo "not ok $n - $1 does not notice: $3"
    else
        echo "ok $n - $1 notices: $3"
    fi
    cp saved "$2"
}

sabotage patch_event kernel/event/splice.c 'the first word of a patch is forgotten' 's/patch_is_on\(start, 4\) \? \*\(const uint32_t \*\)start : splice->original/splice->original/'
sabotage patch_event kernel/event/splice_words.c 'the entry of the body stays as it is' 's/^    splice_remake_body\(splice\);//'
sabotage patch_event kernel/event/splice_words.c 'a body that does not reach' 's/splice == NULL \|\| code_reach\(splice->body, target\) != REACH_NONE/true/'
sabotage patch_event kernel/event/splice_body.c 'a body out of reach of its patch' 's/splice->first == splice->original \|\|/true ||/'
sabotage patch_event kernel/event/splice_words.c 'an entry that traps is not known' 's/if \(s->body == address\)/if (false)/'
sabotage patch_event kernel/event/splice_words.c 'a patched turn goes to the first word' 's/return turn_at\(address, &splice\) != NULL \? splice->body : 0;/return 0;/'
sabotage patch_event kernel/event/splice_words.c 'a patched branch to itself goes to the first word' 's/return splice->rewinds_led \? splice->body : 0;/return 0;/'
sabotage patch_event kernel/event/splice_words.c 'a turn is not led again behind a patch' 's/turn == NULL \|\| turn->word != word/true/'
sabotage patch_event kernel/event/splice_words.c 'a turn that stays led keeps its patch' 's/^            patch_forget_code\(splice->turns\[i\].at, 4\);//'
sabotage patch_event kernel/event/splice.c 'turns are not led back' 's/^            splice_lead_turns_back\(changes\[i\].splice\);/            (void)changes;/'
sabotage patch_inline arch/ppc/code/dispatch/facts.c 'what is patched is copied' 's/facts->patched = is_patched\(source, flow\);//'
sabotage patch_inline kernel/event/forget.c 'routines keep copies of what is patched' 's/!callee_depends\(callee, patched\)/true/'
sabotage patch_inline kernel/event/forget.c 'what is known is lost when memory is short' 's/^        callee_restore\(callee\);/        (void)callee;/'
sabotage patch_inline kernel/event/plan.c 'patches in a routine that was replaced' 's/size != 0 && patch_is_on\(start, size\)/false/'
sabotage patch_inline kernel/event/routine.c 'a routine is written over a patch' 's/ && !patch_is_on\(before->code, before->room\)//'
sabotage patch_inline kernel/backtrace.c 'who is in a body is not at its site' 's/while \(address - start >= size && patch_code_at\(address, &place\)\)/while (false)/'
sabotage patch_inline kernel/event/splice.c 'the entry of a body goes under a patch' 's/return !quiescence_is_running\(splice->body, splice->body_size\);/return true;/'
sabotage patch_bind kernel/backtrace.c 'what only a body keeps is free' 's/ \|\| is_kept_by_body\(frame, start, size\)//'
sabotage patch_bind kernel/event/splice.c 'calls are written over patches' 's/\(void\)code_word_put\(site->at, (.*)\);/{ uint32_t w = $1; (void)code_write(site->at, &w, 1); }/'
sabotage patch_bind kernel/image_memory.c 'binding writes over patches' 's/if \(patch_is_on\(address, sizeof word\)\)/if (false)/'
sabotage patch_bind kernel/image_memory.c 'patches of a domain that goes' 's/^    patch_forget_domain\(domain\);//'
sabotage patch_event kernel/event/splice_find.c 'a patched call loses its link' 's/code_word_get\(sites\[i\]\)/*(const uint32_t *)sites[i]/'
sabotage patch_words kernel/event/code_source.c 'analyses see patches' 's/^    code_words_original\(address, words, n\);//'
sabotage patch_words kernel/event/splice_words.c 'analyses see the patch below a splice' 's/unpatched\(splice->procedure.start, splice->first\)/splice->first/'
sabotage patch_words kernel/private.c 'memory is written over patches' 's/if \(!patch_is_on\(address, n \* sizeof \*words\)\)/if (true)/'
sabotage patch_words kernel/code_view.c 'views analyse patches' 's/n_procedures_led != 0 \|\| patch_is_on\(start, size\)/false/'
sabotage patch_words kernel/backtrace.c 'the frame at a site is believed' 's/if \(frame == NULL \|\| !place.keeps_lr\)/if (true)/'
sabotage patch_words kernel/event_names.c 'a patched call raises nothing' 's/code_word_get\(site\)/*(const uint32_t *)site/'

echo "1..$n"
