"""The house keeps its floors: who may know whom."""

import subprocess
import sys
from collections.abc import Iterator

from django.apps import apps
from django.db.models import Field, Model

from tests.architecture import reading

#: A floor or a room may point to itself and to what stands before it.
ORDER = [
    "glede.kit",
    "glede.rulebook.audit",
    "glede.rulebook.brands",
    "glede.rulebook.people",
    "glede.rulebook.tokens",
    "glede.rulebook.offices",
    "glede.rulebook.policy",
    "glede.rulebook.imports",
    "glede.rulebook.accounts",
    "glede.rulebook.guidance",
    "glede.desk.intake",
    "glede.desk.contacts",
    "glede.desk.conversations",
    "glede.desk.acts",
    "glede.desk.presence",
    "glede.desk.views",
    "glede.desk.captures",
    "glede.desk.attachments",
    "glede.desk.clocks",
    "glede.desk.outbox",
    "glede.desk.moderation",
    "glede.desk.replies",
    "glede.desk.rota",
    "glede.desk.sharing",
    "glede.desk.alerts",
    "glede.desk.insight",
    "glede.desk.webhooks",
    "glede.web",
]


def test_imports_go_down_the_stairs() -> None:
    check = "from importlinter.cli import lint_imports_command as check; check(['--no-logo'])"
    done = subprocess.run(
        [sys.executable, "-c", check], cwd=reading.ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


def ours() -> Iterator[type[Model]]:
    for config in apps.get_app_configs():
        if config.name.startswith("glede."):
            yield from config.get_models(include_auto_created=True)


def floor(model: type[Model]) -> int:
    return ORDER.index(apps.get_app_config(model._meta.app_label).name)


def references(model: type[Model]) -> Iterator[tuple[Field, type[Model]]]:
    for field in model._meta.get_fields():
        if field.is_relation and not field.auto_created and isinstance(field.related_model, type):
            yield field, field.related_model


def test_every_room_has_its_place_in_the_order() -> None:
    assert {apps.get_app_config(model._meta.app_label).name for model in ours()} <= set(ORDER)


def test_foreign_keys_point_down_or_back() -> None:
    known = set(ours())
    wrong = [
        f"{model.__name__}.{field.name} points forward to {target.__name__}"
        for model in known
        for field, target in references(model)
        if target in known and floor(target) > floor(model)
    ]

    assert wrong == []


def test_no_table_of_ours_hangs_on_a_table_of_somebody_elses() -> None:
    known = set(ours())
    wrong = [
        f"{model.__name__}.{field.name} points to {target.__name__}"
        for model in known
        for field, target in references(model)
        if target not in known
    ]

    assert wrong == []


def test_rules_know_neither_django_nor_the_network() -> None:
    foreign = ("django", "httpx", "psycopg", "procrastinate", "allauth", "requests")
    wrong = []
    for path in reading.sources("desk", "rulebook"):
        if path.name != "rules.py" and path.parts[-2:] != ("policy", "registry.py"):
            continue
        for node, name in reading.imports(path):
            platform = name.startswith("glede.platforms") and not name.startswith(
                "glede.platforms.contract"
            )
            if name.split(".")[0] in foreign or platform or ".models" in name:
                wrong.append(f"{reading.where(path, node)} imports {name}")

    assert wrong == []


def test_screens_know_no_tables() -> None:
    wrong = [
        f"{reading.where(path, node)} imports {name}"
        for path in reading.sources("web")
        for node, name in reading.imports(path)
        if name.startswith(("glede.desk.", "glede.rulebook.")) and ".models" in name
    ]

    assert wrong == []
