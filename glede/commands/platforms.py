"""`glede platforms`: what each installed platform lets a desk do, in words or as JSON."""

import argparse
import json
from typing import TYPE_CHECKING

from glede.platforms.contract import Can
from glede.rulebook.accounts import abilities
from glede.rulebook.accounts.abilities import Card, Line

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_SHAPES = {Can.YES: "+", Can.CONDITIONS: "?", Can.NO: "-"}


def add(subparsers: "Subparsers") -> None:
    parser = subparsers.add_parser("platforms", help="what each platform lets a desk do")
    parser.add_argument("--json", action="store_true", help="everything, with sources")


def run(args: argparse.Namespace) -> int:
    cards = abilities.cards()
    if args.json:
        print(json.dumps([abilities.told(card) for card in cards], indent=2, ensure_ascii=False))
        return 0
    for card in cards:
        _show(card)
    print("+ yes   ? on conditions   - no      With sources: --json, or /platforms/.")
    return 0


def _show(card: Card) -> None:
    print(f"{card.name} ({card.slug})")
    for line in (*card.received, *card.done):
        print(f"  {_SHAPES[line.can]} {line.name:28} {_words(line)}")
    limits = card.platform.capabilities
    print(f"    A text: at most {abilities.text_words(limits.text)}. Cost: {limits.cost}.")
    for window in limits.windows:
        print(f"    {window.name}: {abilities.length_words(window.within)}.")
    for budget in limits.budgets:
        most = f"{budget.most} {budget.unit} a day" if budget.most else "counted, no limit"
        print(f"    Budget {budget.name}: {most} ({budget.zone}).")
    print()


def _words(line: Line) -> str:
    return f"{line.says}. {line.note}".strip(" .") if line.note else line.says
