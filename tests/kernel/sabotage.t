# Does a defect of the kernel turn its suites red? Each sabotage below is one changed line; the suite named must fail when it
# runs in the kernel that comes of it. Prints TAP for prove.
. "$(dirname "$0")/../sabotage.sh"

folders='host target extensions whorl whorl.elf tests/kernel'
flags=

product_of()
{
    echo build/whorl.elf
}

object_of()
{
    echo "build/target/$1.o"
}

run_suite()
{
    timeout 120 build/whorl run --timeout 100 --privileged -x "build/tests/kernel/$1_test.o" -c test >log 2>&1
}

begin_sabotage

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
sabotage springboard kernel/patch/exception.c 'nobody is brought out of springboards' 's/^        springboard_interrupted\(frame\);//'
sabotage springboard kernel/patch/springboard.c 'who is in the tail stays there' 's/^    if \(frame->srr0 - tail < 4 \* SPRINGBOARD_TAIL_WORDS\)/    if (false)/'
sabotage springboard kernel/patch/springboard.c 'springboards over vectors' 's/word_of\(vector \+ VECTOR_STUB_SIZE\), gap/word_of(vector), gap/'
sabotage springboard kernel/patch/springboard.c 'words that are given back stay' 's/^    fill\(word_of\(slot\), SPRINGBOARD_WORDS\);//'
sabotage springboard kernel/patch/springboard.c 'a new target is not written' 's/^    \*\(volatile uint32_t \*\)&targets\[number_of\(slot\)\] = target;/    if (targets[number_of(slot)] == 0) targets[number_of(slot)] = target;/'
sabotage patch_exception kernel/patch/exception.c 'the frame of a handler is taken for that of the body' 's/\(outer - stack != size \|\| \(pc != 0 && may_have_pushed\(pc\)\)\)/(outer - stack != size)/'
sabotage patch_exception kernel/patch/report_entry.S 'registers at a fault are lost' 's/^        lmw     r3, SAVED_R3\(r1\)//'
sabotage patch_exception kernel/backtrace.c 'what an exception interrupted is not executed' 's/if \(was_interrupted_in\(exception, start, size\)\)/if (false)/'
sabotage patch_exception kernel/backtrace.c 'what a body keeps for exceptions is taken for them' 's/return \(vaddr_t\)exception == \(vaddr_t\)frame \+ FRAME_HEAD &&/return true \&\&/'
sabotage patch_exception kernel/patch/exception.c 'a fault is taken from who contains it further in' 's/\(stack != 0 && call.stack >= stack &&/(false \&\&/'
sabotage patch_exception kernel/patch/exception.c 'no room for a report' 's/return stack - \(strand_current->stack_start - STRAND_RESERVE\) >= REPORT_STACK;/return stack != 0;/'
sabotage patch_exception kernel/patch/exception.c 'LR that is left from a call is believed' 's/if \(backtrace_function\(frame->lr\) != backtrace_function\(frame->srr0\) &&/if (true \&\&/'
sabotage patch_exception kernel/fault.c 'words that trap are no patches' 's/frame->vector == VECTOR_PROGRAM && patch_program\(frame\)/false/'
sabotage patch_exception kernel/patch/exception.c 'a faulty handler is called again' 's/^    patch_faulted\(call\.patch\);//'

echo "1..$n"
