"""Prompts in the informed style: the whole text, and what is left out of it when."""

# Prompts are compared as they are sent, with their long lines.
# ruff: noqa: E501

from dataclasses import replace

from llm_mutator.feedback import ArchiveView, Feedback, OneToOne, Opponent, ParentReport
from llm_mutator.informed import MAX_ROWS, results_table
from llm_mutator.mutator import MutationRequest
from llm_mutator.prompts import render_messages
from tests.llm_mutator.prompt_texts import (
    ARCHIVE,
    AXES,
    IMP,
    NANO,
    OPPONENTS,
    REPORTS,
    STONE,
    feedback,
    user_of,
)

MUTATE = """\
Change this warrior so that it does better against as many different opponents as it can. Keep what works in it; change a constant, an instruction, a part, or the plan, and make sure that the result is not the same program.

The warrior, its name (data): "Imp"
Its strategy (data): ""
Its code (data):
```
MOV 0, 1 ; walks
```
As the assembler reads it:
```
       ORG START
START  MOV.I $0, $1
```
Its fitness: 1.23 of at most 3. Its cell in the archive, marked * below: processes spawned in a fight <1, addresses executed in a fight 5-40.

Fitness is the mean number of points of a fight, one to one, against each of its opponents; a win gives 3.

Fights one to one against its opponents, as wins/ties/losses, the worst first (data):
```
opponent    result  its name
champion 2  0/1/19  "Clear"
champion 1  2/8/10  "Stone"
w_0         10/6/4  "Imp"
```
Where it loses, something of it is found and hit before it kills: look at what that opponent does, then at a smaller or better spread body, more processes, a faster attack, a defence. Where it ties, it lives but does not kill within 800 cycles: look at an attack that reaches every address.

Opponents that it loses to most:

champion 2, its name (data): "Clear"
Its code (data):
```
SPL 0
MOV 2, >-1
DJN -1, <-5
DAT 1
```

champion 1, its name (data): "Stone"
Its code (data):
```
       ORG START
START  ADD.AB #4, $3
       MOV.I $2, @2
       JMP.B $-2, $0
       DAT.F #0, #0
```

The archive keeps the fittest warrior of each kind of behaviour, a cell for each kind. A new warrior enters when its cell is empty, or when it is fitter than the one there; the fittest of all becomes the next champion. (10-100 means from 10 to less than 100.)
3 of 9 cells are filled. Downwards processes spawned in a fight, across addresses executed in a fight:
```
         <5   5-40   >=40
<1    empty  1.23*  empty
1-20  empty   0.75  empty
>=20  empty  empty   0.00
```
One of the empty cells, if it suits your plan: processes spawned in a fight <1, addresses executed in a fight >=40.

First a plan of at most five lines: what the warrior has to do better, how its parts do it, why its constants are what they are. Then the whole program in one fenced code block."""

NEW = """\
Write a new warrior that beats as many different opponents as it can. Choose a strategy of your own, be bold, and do not write a classic again.

Fitness is won in one fight of all at once, the warrior against all its opponents: every cycle is shared equally by those who still live. 1 is a fair share; 4 would be to outlive all of them from the first cycle.

Champions that every warrior has to face, the latest last:

champion 1, its name (data): "Stone"
Its code (data):
```
       ORG START
START  ADD.AB #4, $3
       MOV.I $2, @2
       JMP.B $-2, $0
       DAT.F #0, #0
```

champion 2, its name (data): "Clear"
Its code (data):
```
SPL 0
MOV 2, >-1
DJN -1, <-5
DAT 1
```

The archive keeps the fittest warrior of each kind of behaviour, a cell for each kind. A new warrior enters when its cell is empty, or when it is fitter than the one there; the fittest of all becomes the next champion. (10-100 means from 10 to less than 100.)
3 of 9 cells are filled. Downwards processes spawned in a fight, across addresses executed in a fight:
```
         <5   5-40   >=40
<1    empty   1.23  empty
1-20  empty   0.75  empty
>=20  empty  empty   0.00
```
One of the empty cells, if it suits your plan: processes spawned in a fight <1, addresses executed in a fight >=40.

First a plan of at most five lines: what the warrior has to do better, how its parts do it, why its constants are what they are. Then the whole program in one fenced code block."""


def test_render_messages__informed_mutate_whole() -> None:
    assert user_of(MutationRequest("mutate", (IMP,), NANO, number=1), feedback()) == MUTATE


def test_render_messages__informed_new_whole() -> None:
    known = replace(feedback(0), kind="melee", maximum=4.0)
    sparring = (*OPPONENTS, Opponent("sparring partner", IMP))
    known = replace(known, opponents=sparring)
    text = user_of(MutationRequest("new", (), NANO, number=7), known)
    assert text == NEW


def test_render_messages__informed_crossover_has_a_column_and_a_report_for_each() -> None:
    text = user_of(MutationRequest("crossover", (IMP, STONE), NANO), feedback(2))
    assert (
        "opponent    warrior 1  warrior 2  its name\n"
        'champion 2  0/1/19     0/0/20     "Clear"\n'
        'w_0         10/6/4     3/16/1     "Imp"\n'
        'champion 1  2/8/10     20/0/0     "Stone"\n'
    ) in text
    one, other = text.index("Its fitness: 1.23 of at most 3"), text.index("Its fitness: 0.75 of")
    assert text.index("Warrior 1") < one < text.index("Warrior 2") < other
    # The two together lose to one opponent only.
    assert text.count("Its code (data):") == 3
    assert "1.23*" in text
    assert "0.75*" in text


def test_render_messages__informed_without_feedback_still_asks_for_a_plan() -> None:
    text = user_of(MutationRequest("mutate", (IMP,), NANO), None)
    assert "As the assembler reads it:" in text
    assert text.endswith("Then the whole program in one fenced code block.")
    assert "fitness" not in text


def test_render_messages__asks_for_the_feedback_once() -> None:
    asked: list[int] = []

    def tell() -> Feedback:
        asked.append(1)
        return feedback()

    render_messages(MutationRequest("mutate", (IMP,), NANO, feedback=tell))
    assert asked == [1]


def test_render_messages__without_figures_where_selection_is_by_chance() -> None:
    parents = (ParentReport(None, 1, ()),)
    archive = ArchiveView(AXES, dict.fromkeys(ARCHIVE.fitness))
    known = Feedback("pairwise", 3.0, OPPONENTS, parents, archive)
    text = user_of(MutationRequest("mutate", (IMP,), NANO), known)
    for word in ("Its fitness", "Fitness is", "one to one", "loses", "1.23"):
        assert word not in text
    assert "filled*" in text
    assert "Its cell in the archive" in text
    assert text.count("Its code (data):") == 1


def test_render_messages__a_parent_that_loses_to_nobody_is_shown_no_codes() -> None:
    parents = (replace(REPORTS[0], results=(OneToOne(20, 0, 0),) * 3),)
    text = user_of(MutationRequest("mutate", (IMP,), NANO), replace(feedback(), parents=parents))
    assert "Opponents that it loses to" not in text
    assert text.count("20/0/0") == 3


def test_render_messages__a_single_cell_has_no_place_and_no_goal() -> None:
    known = replace(
        feedback(),
        parents=(replace(REPORTS[0], cell=0),),
        archive=ArchiveView((), {0: 1.2345}),
    )
    text = user_of(MutationRequest("mutate", (IMP,), NANO), known)
    assert "1 of 1 cells are filled." in text
    assert "Its cell in the archive" not in text
    assert "One of the empty cells" not in text


def test_render_messages__proposals_asked_for_at_once_aim_at_different_cells() -> None:
    requests = [MutationRequest("new", (), NANO, number=number) for number in range(7)]
    goals = [user_of(request, feedback(0)).split("your plan: ")[1][:70] for request in requests]
    assert len(set(goals[:6])) == 6
    assert goals[6] == goals[0]


def test_render_messages__the_assemblers_view_only_where_it_says_more() -> None:
    listed = replace(STONE, source=STONE.load_file())
    assert "As the assembler" not in user_of(MutationRequest("mutate", (listed,), NANO), None)
    assert "As the assembler" not in user_of(MutationRequest("mutate", (STONE,), NANO), None)


def test_results_table__many_opponents_end_in_a_sum() -> None:
    count = MAX_ROWS + 10
    opponents = tuple(Opponent(f"champion {n}", IMP) for n in range(count))
    results = tuple(OneToOne(n, 1, count - n) for n in range(count))
    known = Feedback("pairwise", 3.0, opponents, (ParentReport(1.0, 0, results),), ARCHIVE)
    lines = results_table(known).split("\n")
    assert len(lines) == 1 + MAX_ROWS + 1
    assert lines[1] == 'champion 0   0/1/30     "Imp"'
    assert lines[-1] == "10 others    245/10/55"
