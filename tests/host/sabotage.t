# Does a defect turn the suites red? Each sabotage below is one changed line; the suite named must fail.
# Works in a copy of the sources. Prints TAP for prove.
set -u
cd "$(dirname "$0")/../.." || exit 1
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
trap 'exit 1' HUP INT TERM

cp -rp Makefile linker.ld arch boot domains extensions kernel tests tools "$copy" || exit 1
mkdir -p "$copy/build/tests"
cp -rp build/tests/host "$copy/build/tests" || exit 1
for library in newlib libfdt zlib; do
    ln -s "$PWD/build/$library" "$copy/build/$library"
done
touch -r build/setup.stamp "$copy/build/setup.stamp"
cd "$copy" || exit 1

n=0

# Not optimized, which takes half the time.
flags='-std=gnu11 -O0 -I. -Iextensions/include -fsanitize=address,undefined -fno-sanitize-recover=all'

# run_suite SUITE: succeeds if that does. ld is the judge of the linker, with objects that take a second;
# objdump those of the decoder, with some words.
run_suite()
{
    case $1 in
    ld) timeout 60 sh tests/host/ld.t assembly libgcc ;;
    objdump) timeout 60 sh tests/host/decode.t --some ;;
    *) timeout 60 "build/tests/host/$1_test" ;;
    esac >log 2>&1 && ! grep -q '^not ok' log
}

# sabotage SUITE FILE WHAT PERL-EXPRESSION: the expression must change the file
sabotage()
{
    n=$((n + 1))
    product=build/tests/host/$1_test object=build/tests/host/parts/$2.o
    [ "$1" != ld ] || product=build/tests/host/link_object
    [ "$1" != objdump ] || product=build/tests/host/decode_words
    cp -p "$2" saved
    rm -f saved.o
    [ ! -f "$object" ] || cp -p "$object" saved.o
    perl -pi -e "$4" "$2"
    if cmp -s saved "$2"; then
        echo "not ok $n - $1: $3: nothing to change in $2"
    elif ! make -s WARNINGS= HOST_TEST_FLAGS="$flags" "$product" >log 2>&1; then
        echo "not ok $n - $1: $3: does not compile"
        sed 's/^/# /' log
    elif run_suite "$1"; then
        echo "not ok $n - $1 does not notice: $3"
    else
        echo "ok $n - $1 notices: $3"
    fi
    restore "$2" "$object"
}

# restore FILE OBJECT: what the file was compiled to is there again, what includes a header is compiled again.
restore()
{
    if [ -f saved.o ]; then
        cp -p saved "$1"
        cp -p saved.o "$2"
    else
        cp saved "$1"
    fi
}

sabotage value domains/object/btf_value.c 'a later entry of another type' 's/return status == OK \? btf_compatible\(other, one, NULL\) : status;/return OK;/'
sabotage value domains/object/btf_compatible.c 'const added to a result' 's/\[BTF_RESULT\] = RESULT/[BTF_RESULT] = PARAMETER/'
sabotage entry domains/image/image_entry.c 'several static procedures of a name' 's/symbol->type \| TYPE_SEVERAL/symbol->type/'
sabotage entry domains/image/image_entry.c 'what stands elsewhere' 's/symbol->value == address && //'
sabotage flow arch/ppc/code/analysis/trace.c 'behind a call that does not come back' 's/procedure->start == target && procedure->no_return/false/'
sabotage flow arch/ppc/code/analysis/trace.c 'parts are taken for others' 's/procedure->whole == trace->procedure.start/false/'
sabotage flow arch/ppc/code/analysis/trace.c 'words that are no instructions' 's/ \|\| opcode == OPCODE_UNKNOWN\)/)/'
sabotage flow arch/ppc/code/analysis/flow.c 'calls in the order of their discovery' 's/calls\[maker->numbers\[word\]\]/calls[flow->n_calls - 1]/'
sabotage jump_table arch/ppc/code/analysis/bounds.c 'the wrong way of a compare' 's/== taken;/!= taken;/'
sabotage jump_table arch/ppc/code/analysis/bounds.c 'a compare of another register' 's/fact->place != term->place/false/'
sabotage jump_table arch/ppc/code/analysis/jump_table.c 'entries that lead elsewhere' 's/if \(entries.n_own == table->n\)/if (entries.n_own != 0)/'
sabotage jump_table arch/ppc/code/analysis/jump_table.c 'what is found later' 's/to >= jump->low &&/to > jump->high \&\&/'
sabotage jump_table arch/ppc/code/analysis/jump_table.c 'a frame that is still there' 's/is_as_at_entry\(trace, 1, word\) && //'
sabotage jump_table arch/ppc/code/analysis/jump_table.c 'another return address' 's/ && is_as_at_entry\(trace, PLACE_LR, word\)//'
sabotage jump_table arch/ppc/code/analysis/jump_table.c 'labels in data' 's/count_pointers\(trace\) <= count_entries\(trace\)/true/'
sabotage jump_table arch/ppc/code/analysis/jump_table.c 'labels made by code' 's/!has_labels\(trace\) && //'
sabotage flow arch/ppc/code/analysis/jump_table.c 'a return to anywhere' 's/^    doubt_returns\(trace\);//'
sabotage live arch/ppc/code/analysis/live.c 'a return into the own middle' 's/if \(live->flow->calls_inside\)/if (false)/'
sabotage jump_table arch/ppc/code/analysis/values.c 'one of several values' 's/!same\(&all, &one\)/false/'
sabotage switches arch/ppc/code/analysis/bounds.c 'one entry too many' 's/learn\(state, \(uint8_t\)FIELD_A\(word\), number\)/learn(state, (uint8_t)FIELD_A(word), number + 1)/'
sabotage live arch/ppc/code/analysis/live.c 'results of two words' 's/STACK_AND_SMALL_DATA \| FROM_TO\(3, 6\)/STACK_AND_SMALL_DATA | FROM_TO(3, 3)/'
sabotage live arch/ppc/code/analysis/program_circle.c 'all members of a circle come back' 's/summary\.returns = false;/summary.returns = true;/'
sabotage program arch/ppc/code/analysis/program_calls.c 'an address in data counts each time' 's/i == 0 \|\| pointers\[i - 1\] != pointers\[i\]/true/'
sabotage live arch/ppc/code/analysis/program_circle.c 'a draft that is not revised' 's/p->nodes\[callee\]\.changed > revision->since/false/'
sabotage kept arch/ppc/code/analysis/program_kept.c 'what is live behind a call' 's/^    return keep_at\(p, call->target, &set\);/    return OK;/'
sabotage kept arch/ppc/code/analysis/program_kept.c 'what is kept across a jump' 's/if \(call->direct && call->tail\)/if (false)/'
sabotage kept arch/ppc/code/analysis/program_kept.c 'words that may be calls' 's/return keep_at\(p, successor\.target, &everything\);/return OK;/'
sabotage kept arch/ppc/code/analysis/carried.c 'values that a call has touched' 's/registers_remove\(set, &summary\.touches\);/;/'
sabotage kept arch/ppc/code/analysis/program_summary.c 'arguments that nobody reads' 's/summary->reads\.general \|= node->arguments;/;/'
sabotage kept arch/ppc/code/analysis/reservation.c 'the way back to a stwcx.' 's/held\[number_of\(flow, to->start\)\]/false/'
sabotage decode arch/ppc/code/decode.c 'words that are taken for certain' 's/== 0 \&\& \(\(roles\)&CONSTRAINED\) == 0\)/== 0)/'
sabotage reach arch/ppc/code/reach.h 'a reach one word too far' 's/REACH_OF_B < 2/REACH_OF_B <= 2/'
sabotage reach arch/ppc/code/reach.h 'branches between words' 's/^    if \(\(\(from \| to\) & 3\) != 0\)/    if (false)/'
sabotage index arch/ppc/code/analysis/index.c 'a label in a procedure is a procedure' 's/name->kind == NAME_LABEL && name->address < covered/false/'
sabotage index arch/ppc/code/analysis/index.c 'procedures around others are not found' 's/i = index->entries\[i\]\.outer;/i = NOT_FOUND;/'
sabotage index arch/ppc/code/analysis/index.c 'a part goes to the first namesake' 's/if \(leads == BRANCHES\)/if (true)/'
sabotage index arch/ppc/code/analysis/index.c 'what is called is a part' 's/n \+= leads == STRANGERS \? 1 : 2/n++/'
sabotage index arch/ppc/code/analysis/index.c 'words behind the area' 's/n > \(area->size - offset\) \/ 4/false/'
sabotage index arch/ppc/code/analysis/location.c 'a dot that is no mark' 's/status != ERR_NOT_FOUND \|\| parts->owner != NULL/true/'
sabotage index arch/ppc/code/analysis/index.c 'data that is written is constant' 's/!area->constant \|\| //'
sabotage index arch/ppc/code/analysis/location.c 'local symbols hide a global one' 's/matches\.n_global != 1 && //'
sabotage index arch/ppc/code/analysis/location.c 'places between words' 's/address % 4 != 0/false/'
sabotage functional arch/ppc/code/analysis/held.c 'a store over the end of the frame' 's/high <= 0\) \|\|/high <= 2) ||/'
sabotage functional arch/ppc/code/analysis/held.c 'what differs on two ways' 's/^    changed \|= join_words.*//'
sabotage functional arch/ppc/code/analysis/turns.c 'a step of two taken for one' 's/return gain & -gain;/return 1;/'
sabotage functional arch/ppc/code/analysis/turns.c 'a loop inside that changes nothing' 's/^    lose_inner\(c, number, &c->turns\[number\]\);//'
sabotage functional arch/ppc/code/analysis/functional.c 'procedures that call each other' 's/if \(proof->n_edges == 0\)/if (true)/'
sabotage facts arch/ppc/code/dispatch/facts.c 'a body with gaps' 's/block->start == next && //'
sabotage predicate arch/ppc/code/dispatch/predicate/walk.c 'halfwords without their sign' 's/opcode == OPCODE_LHA \|\| //'
sabotage predicate arch/ppc/code/dispatch/predicate/walk.c 'a part of the frame that was overwritten' 's/slot->offset \+ slot->width <= offset \|\|/true ||/'
sabotage predicate arch/ppc/code/dispatch/predicate/walk.c 'stores to anywhere' 's/offset < INT16_MIN \|\| offset \+ \(int32_t\)width > 0/false/'
sabotage compile arch/ppc/code/dispatch/search_leaf.c 'a key in r0' 's/test->a, false\); \/\* what/test->a, true); \/* what/'
sabotage compile arch/ppc/code/dispatch/registers.c 'memory known behind a store' 's/if \(c->state\.temps\[i\]\.loads\)/if (false)/'
sabotage compile arch/ppc/code/dispatch/call.c 'arguments moved over each other' 's/down \? 3 \+ k : 10 - k/3 + k/'
sabotage compile arch/ppc/code/dispatch/buffer.c 'what only one way knows' 's/!same_content\(&state->temps\[i\], &other->temps\[i\]\)/false/'
sabotage compile arch/ppc/code/dispatch/tests.c 'the wrong way of a compare' 's/RELATION_LT\] = CODE_BC\(IF_FALSE, BIT_LT\)/RELATION_LT] = CODE_BC(IF_TRUE, BIT_LT)/'
sabotage compile arch/ppc/code/dispatch/bindings.c 'filters without homes' 's/^        return all;/        return 0;/'
sabotage compile arch/ppc/code/dispatch/compile.c 'a fault that leaves what was begun' 's/^    compile_undo\(before\);//'
sabotage compile arch/ppc/code/dispatch/compile.c 'a part placed for elsewhere' 's/at = address \+ 4 \* relocation->word/at = address/'
sabotage guards arch/ppc/code/dispatch/copy.c 'an argument that a copy changes' 's/^    if \(before\.kind == NAME_WORD && before\.reg != reg\)/    if (false)/'
sabotage guards arch/ppc/code/dispatch/tests.c 'a subtraction the wrong way' 's/CODE_X\(WORD_SUBF, reg, b, a\)/CODE_X(WORD_SUBF, reg, a, b)/'
sabotage guards arch/ppc/code/dispatch/tests.c 'a base that is too low' 's/\(n->value \+ 0x8000\) >> 16/n->value >> 16/'
sabotage springboard arch/ppc/code/patch/springboard_code.c 'tracing that is not masked' 's/0, 23, 20\)/0, 22, 20)/'
sabotage springboard arch/ppc/code/patch/springboard_code.c 'r4 of who is interrupted' 's/word > TAIL_SAVE_R4/word > TAIL_RFI/'
sabotage springboard arch/ppc/code/patch/springboard_code.c 'interrupts off for good' 's/word > TAIL_WRITE_MSR/word > TAIL_SYNCHRONIZE/'
sabotage springboard arch/ppc/code/patch/springboard_code.c 'what a body keeps is overwritten' 's/GAP - 4\)/GAP + 4)/'
sabotage patch_check arch/ppc/code/patch/patch_check.c 'privileged words of anybody' 's/!privileged && code_is_privileged/false \&\& code_is_privileged/'
sabotage patch_check arch/ppc/code/patch/patch_check.c 'a frame that one way has pushed' 's/return same_frames\(c, c->at\[to\]\.frames, frames\)/return true/'
sabotage patch_check arch/ppc/code/patch/patch_check.c 'returns with another r1' 's/status = check_returns\(c\)/status = OK/'
sabotage patch_check arch/ppc/code/patch/patch_check.c 'a circle without an end' 's/if \(c->at\[i\]\.frames != NOT_REACHED && !c->at\[i\]\.ends\)/if (false)/'
sabotage patch_check arch/ppc/code/patch/patch_check.c 'what calls may write' 's/registers_add\(clobbers, &abi.touches\);//'
sabotage patch_code arch/ppc/code/patch/count.c 'a count whose carry is lost' 's/BO_IF_FALSE \| BO_LIKELY/BO_IF_TRUE | BO_LIKELY/'
sabotage patch_code arch/ppc/code/patch/count.c 'half of a count that anybody may interrupt' 's/^    body_mark\(b, MARK_COUNT.*//'
sabotage patch_code arch/ppc/code/patch/count.c 'CA taken for dead' 's/field == 0 && carry_is_dead/field == 0/'
sabotage patch_code arch/ppc/code/patch/count.c 'an action entered before what it stashes' 's/^    first = b->code\.n;\n//; s/^    size_t first;$/    size_t first = b->code.n;/'
sabotage patch_code arch/ppc/code/patch/save.c 'a stashed register that stays so' 's/^    scratch_load\(b\);//'
sabotage patch_code arch/ppc/code/patch/save.c 'CR fields that are dropped' 's/\(condition & CR_FIELD\(i\)\) != 0/(condition \& CR_FIELD(i)) == CR_FIELD(i)/'
sabotage patch_code arch/ppc/code/patch/save.c 'LR out of the sight of who walks the chain' 's/return saving->frame != 0 && /return false \&\& saving->frame != 0 \&\& /'
sabotage patch_code arch/ppc/code/patch/call.c 'argument registers that nobody saves' 's/\(1u << n_arguments\(action\)\) - 1/0u/'
sabotage patch_code arch/ppc/code/patch/call.c 'nonvolatile registers after a fault' 's/WORD_LMW, NONVOLATILE/WORD_LMW, NONVOLATILE + 1/'
sabotage patch_code arch/ppc/code/patch/call.c 'changes that are not taken over' 's/put\(b, CODE_D\(WORD_LMW, 2, SP/put(b, CODE_D(WORD_LMW, 4, SP/'
sabotage patch_code arch/ppc/code/patch/code.c 'what leaves with registers of its own' 's/^    saving_load\(b, &saving\);//'
sabotage patch_code arch/ppc/code/patch/code.c 'code that does not see what was there' 's/^    if \(c->saving\.set\.condition != 0 \|\| c->saving\.borrows/    if (false \&\& c->saving.borrows/'
sabotage patch_code arch/ppc/code/patch/displaced.c 'LR of a call that is not taken' 's/^    put_link\(b\);$/    if (code_branches_always(b->plan->word)) put_link(b); else scratch_return(b);/'
sabotage patch_code arch/ppc/code/patch/displaced.c 'a count that only looks' 's/^    put\(b, CODE_D\(WORD_ADDI, reg, reg, 1\)\);//'
sabotage patch_code arch/ppc/code/patch/displaced.c 'what the instruction writes is dead' 's/^    registers_remove\(dead, &effects\.writes\);//'
sabotage patch_code arch/ppc/code/patch/jump.c 'MSR that stays masked' 's/MTSPR, reg, SPR_SRR1/MTSPR, other, SPR_SRR1/'
sabotage patch_code arch/ppc/code/patch/finish.c 'an exception on the way to where no branch reaches' 's/^        if \(is_inside\(&range, word\)\)/        if (false)/'
sabotage patch_code arch/ppc/code/patch/finish.c 'tracing that ends on the way' 's/^    if \(word >= jump->held\)/    if (false)/'
sabotage patch_code arch/ppc/code/patch/patch_code.c 'registers that only a later handler looks at' 's/^    size_t last = last_observer\(plan\);/    size_t last = 0 * last_observer(plan);/'
sabotage patch_code arch/ppc/code/patch/patch_code.c 'one test for what a handler changes' 's/ &&\n           one->registers != ACTION_CHANGES_REGISTERS//; s/one->registers != ACTION_CHANGES_REGISTERS/true/'
sabotage patch_code arch/ppc/code/patch/poison.c 'a special register that is not poisoned' 's/^        put\(b, CODE_XFX\(WORD_MTSPR, SP, SPR_CTR\)\);/        (void)b;/'
sabotage emit arch/ppc/code/emit.c 'a branch that counts and tests is inverted' 's/\? WAY_AROUND :/? WAY_INVERTED :/'
sabotage emit arch/ppc/code/emit.c 'LR of a call that is not the last word' 's/return WAY_BEFORE;/return WAY_INVERTED;/'
sabotage emit arch/ppc/code/emit.c 'branches stay where they are moved' 's/^        f->at \+= by;/        (void)f;/'
sabotage emit arch/ppc/code/emit.c 'one round of extensions' 's/again \|= extend/(void)extend/'
sabotage emit arch/ppc/code/emit.c 'a word behind the buffer' 's/emit->n == emit->room\)/emit->n > emit->room)/'
sabotage emit arch/ppc/code/emit.c 'any form for any emitter' 's/\.form\] == emitter;/.form] != 0;/'
sabotage relocation domains/object/relocation.c 'no carry in @ha' 's/\(value \+ 0x8000\) >> 16/value >> 16/'
sabotage relocation domains/object/relocation.c 'a range check skipped' 's/value \+ 0x8000 < 0x10000/true/'
sabotage elf domains/object/elf.c 'sections beyond the end' 's/ \|\| s->size > object->size - s->offset//'
sabotage elf domains/object/elf.c 'a string table without its zero' 's/ \|\| s->bytes\[s->size - 1\] != 0//'
sabotage archive domains/object/archive.c 'members beyond the end' 's/size > left/false/'
sabotage archive domains/object/archive.c 'long names beyond their table' 's/at >= archive->long_names_size/false/'
sabotage archive domains/object/archive.c 'no padding behind odd members' 's/end % 2 != 0 && //'
sabotage capability domains/capability.c 'numbers used twice' 's/slot->generation \+ 1u/slot->generation/'
sabotage capability domains/capability.c 'free slots taken too early' 's/n_free <= RESERVE/n_free == 0/'
sabotage capability domains/capability.c 'kinds mixed up' 's/ && slot->kind == kind//'
sabotage capability domains/capability.c 'numbers that can be guessed' 's/uint32_t next = left \^ mixed/uint32_t next = left \^ 0 * mixed/; s/uint32_t before = right \^ mixed/uint32_t before = right \^ 0 * mixed/'
sabotage symbols domains/image/symbols.h 'names with the same hash' 's/ && strcmp\(symbols\[\*slot - 1\]\.name, name\) == 0//'
sabotage pagemap kernel/pagemap.c 'pages freed twice' 's/ \|\| any_free\(map, first, n\)//'
sabotage line kernel/line.c 'a line without an end' 's/if \(line->length == LINE_LENGTH_MAX\)/if (line->length == LINE_LENGTH_MAX + 5)/'
sabotage packet kernel/packet.c 'any checksum' 's/receiver->sum [!=]= receiver->expected/false/'
sabotage image domains/image/image.c 'memory kept after a failure' 's/^    image_release\(&b->image->memory, false\);//'
sabotage image domains/image/image_bind.c 'a veneer to the wrong place' 's/code_veneer\(words, value \+ \(uint32_t\)fixup->addend\)/code_veneer(words, value + 4)/'
sabotage image domains/image/image_relocate.c 'slots taken that nobody counted' 's/special == SPECIAL_BRANCHES/true/'
sabotage image domains/image/image_types.h 'sections of types that are none' 's/ && section->type == SHT_PROGBITS//'
sabotage members domains/image/image_merge.c 'weak definitions first' 's/RANK_WEAK, RANK_COMMON, RANK_STRONG/RANK_STRONG, RANK_COMMON, RANK_WEAK/'
sabotage members domains/image/image_merge.c 'commons aligned as the last one' 's/leader->use->common < wanted/true/'
sabotage hostile domains/image/image_relocate.c 'relocations beyond the section' 's/^        site->target->size - site->relocation.offset\)/        4)/'
sabotage btf domains/object/btf.c 'fields beyond the end' 's/n \* size > \(size_t\)\(end - p\)/false/'
sabotage btf domains/object/btf.c 'references to what is no type' 's/seen\.type < seen\.entry/true/'
sabotage btf domains/object/btf_compatible.c 'a circle without an end' 's/is_listed\(walk, pair\) \? OK : //'
sabotage btf domains/object/btf_compatible.c 'const taken away on the way' 's/caller & ~definer & QUALIFIERS/0/'
sabotage binding domains/binding.c 'a failed resolve not undone' 's/^    take_back\(target\);/    forget_choices(target);/'
sabotage binding domains/binding.c 'a definer whose users are not counted' 's/import->definer->n_users \+= \(uint32_t\)by/import->definer->n_users += 0/'
sabotage binding domains/image/image_bind.c 'a slot that is not cleared' 's/^    clear_slot\(image, index_of\(image, import\)\);//'
sabotage binding domains/image/image_bind.c 'a place that unbinding forgets' 's/image->sealed && i < import->n_fixups/image->sealed && i + 1 < import->n_fixups/'
sabotage binding domains/image/image_bind.c 'a short distance that stays' 's/^            patch_original\(/            if (false) patch_original(/'
sabotage binding domains/image/image_bind.c 'words of the program overwritten' 's/return memcmp\(expected, current, spot->width\) == 0/return true/'
sabotage binding domains/image/image_bind.c 'a definition that is gone looked at' 's/^    else if \(import->symbol != NULL\)/    if (import->symbol != NULL)/'
sabotage lead domains/image/image_bind.c 'a way that stays in its slot' 's/^    empty_slot\(image, import\);//'
sabotage lead domains/image/image_bind.c 'what has an addend led too' 's/return fixup->addend == 0 && spot->segment/return spot->segment/'
sabotage lead domains/image/image_bind.c 'who tells who calls led' 's/^    if \(import->symbol->identified\)/    if (false)/'
sabotage lead domains/image/image_bind.c 'a slot that analyses see' 's/^        undo_slots\(image/        if (false) undo_slots(image/'
sabotage lead domains/binding.c 'who is bound later not led' 's/if \(n_procedures_led != 0\)/if (false)/'
sabotage lead domains/binding.c 'a change of bindings without a number' 's/^        generation\+\+;//'
sabotage types domains/binding.c 'types not checked' 's/status = check_type\(target, import\)/status = OK/'
sabotage types domains/types.c 'variables taken for procedures' 's/^    if \(btf_is_procedure/    if (false \&\& btf_is_procedure/'
sabotage types domains/types.c 'only the first of several types checked' 's/if \(\(type & TYPE_SEVERAL\) == 0\)/if (true)/'
sabotage types domains/types.c 'helpers for everyone' 's/b->symbol->helper && !typed/!typed/'
sabotage view domains/view.c 'interfaces of what is elsewhere' 's/ \|\| image_import_value\(&maker->image, import\) != address//'
sabotage view domains/view.c 'the last of two definitions' 's/if \(known->symbol->weak\)/if (true)/'
sabotage view domains/binding.c 'views of who ends as sources' 's/is_going\(source->maker->state\)/false/'
sabotage view domains/binding.c 'members of a union free to go' 's/if \(domain->view.members\[i\] == source\)/if (false)/'
sabotage nameserver domains/life.c 'names that outlive their domain' 's/^    name_forget\(domain\);//'
sabotage nameserver domains/nameserver.c 'an answer that does not count' 's/ && \(answer & 0xff\) != 0//'
sabotage nameserver domains/nameserver.c 'an answer about another domain' 's/ \|\| entry->domain->capability != wanted//'
sabotage domain domains/life.c 'members left sealed' 's/^    unseal_waiting\(group, n\);//'
sabotage domain domains/life.c 'a group that loses a member' 's/hold\(group, n, true\)/hold(group, n, false)/'
sabotage view domains/life.c 'makers of what ends destroyed' 's/if \(has_ending_view\(domain\)\)/if (false)/'
sabotage domain domains/life.c 'code released that is executed' 's/!image_is_running\(&domain->image\.memory\)/true/'
sabotage domain domains/life.c 'code released that is retired' 's/retirement_is_over\(domain->retirement\) &&//'
sabotage domain domains/life.c 'imports through views that are gone' 's/^            binding_shorten\(group\[i\]\);//'
sabotage domain domains/binding.c 'makers that leave' 's/domain->state == DOMAIN_LEAVING/false/'
sabotage domain domains/life.c 'users of a domain overlooked' 's/ && uses\(d, domain\)\)/ \&\& uses(d, d))/'
sabotage loader domains/loader.c 'what was created is kept' 's/domain_end\(group->domains, group->n\) == OK/true/'
sabotage loader domains/loader.c 'domains asked for that come with the group' 's/ && !is_member\(group, name\)//'
sabotage ld domains/image/image_relocate.c 'halves swapped' 's/^        put16\(place, \(uint16_t\)value\);/        put16(place, (uint16_t)(value << 8 | value >> 8));/'
sabotage ld domains/image/image_relocate.c 'one entry of the offset table for all' 's/use->offset_entry = \+\+b->n_entries/use->offset_entry = b->n_entries = 1/'
sabotage ld arch/ppc/code/reach.c 'a veneer to the next page' 's/to \+ 0x8000\) >> 16/to + 0x9000) >> 16/'
sabotage decode arch/ppc/code/decode.c 'a modifier that is not decoded' 's/m <= MODIFIER_AA/m < MODIFIER_AA/'
sabotage decode arch/ppc/code/decode.c 'displacements between words' 's/\(field & 3\) != 0 \|\| //'
sabotage decode arch/ppc/code/decode.c 'operands that are missing' 's/kinds\[n\] != OPERAND_NONE && kinds\[n\] < OPERAND_LEV/false/'
sabotage decode arch/ppc/code/print.c 'one byte too many' 's/line->size - start, format/line->size - start + 1, format/'
sabotage objdump arch/ppc/code/decode.c 'update forms of r0' 's/\(roles & A_IS_ZERO\) != 0 && a == 0/false/'
sabotage objdump arch/ppc/code/opcodes.h 'a reserved bit let pass' 's/(ROW\(TLBSYNC,.*?)NOTHING, /$1LS,      /'
sabotage objdump arch/ppc/code/print.c 'a prediction without the sign' 's/\(bo & 1\) != backward \?/(bo \& 1) != 0 ?/'
sabotage model domains/image/image_bind.c 'a place forgotten by unbind' 's/^( *)(put_original\(&spot, fixup, place\);)/$1if (i != 1) $2/'
sabotage model domains/binding.c 'a user counted for good' 's/^        count\(target, import, -1\);//'
sabotage model domains/binding.c 'choices of a bind that failed' 's/^    forget_choices\(target\);//'
sabotage model domains/life.c 'names of a domain that is gone' 's/^    name_forget\(domain\);//'
sabotage model domains/view.c 'a weak definition that stays' 's/if \(known->symbol->weak\) \{/if (false) {/'
sabotage model domains/binding.c 'types read for a bind and kept' 's/^    rest\(target\);//'
sabotage ring kernel/probe/ring.c 'what has not been read overwritten' 's/if \(head \+ n - .*/if (false)/'
sabotage ring kernel/probe/ring.c 'the same words for two' 's/exchange_n\(&ring->head, &head,/exchange_n(\&ring->head, \&(uint32_t){ring->head},/'
sabotage ring kernel/probe/ring.c 'words that stay behind' 's/^        __atomic_store_n\(word\(ring, tail \+ 1 \+ i\), 0, __ATOMIC_RELAXED\);//'
sabotage timing kernel/probe/timing.c 'one stack taken for the other' 's/while \(n > 0 && .*&&/while (n > 0 \&\&/'
sabotage timing kernel/probe/timing.c 'what never returned stays' 's/^    line->n = n;//'
sabotage timing kernel/probe/timing.c 'a loop taken for calls' 's/if \(again && /if (false \&\& /'
sabotage format kernel/probe/capture.c 'texts that are read beyond their page' 's/piece = limit - n < left \? limit - n : left/piece = limit - n + 0 * left/'
sabotage format kernel/probe/format_type.c 'bit-fields from the other end' 's/capture->size \* 8 - into - subject->width/into/'
sabotage format kernel/probe/format_type.c 'structs taken for their addresses' 's/^    to->in_register = false;//'
sabotage format kernel/probe/format.c 'what was begun is kept' 's/^        format_free\(made\);/        (void)made;/'
echo "1..$n"
