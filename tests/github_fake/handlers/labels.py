"""Labels."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tests.github_fake import render
from tests.github_fake.call import NOT_FOUND, Call, Refused, Reply, invalid, operation
from tests.github_fake.repository import Repository
from tests.github_fake.state import Issue, Label

READ = ("issues=read", "pull_requests=read")
WRITE = ("issues=write", "pull_requests=write")


def render_label(repository: Repository, label: Label) -> render.Json:
    """A label."""
    return render.fill(
        "label",
        id=label.id,
        node_id=render.node_id("LA", label.id),
        name=label.name,
        color=label.color,
        description=label.description,
        url=f"{render.api(repository)}/labels/{label.name}",
    )


def ensure(call: Call, given: Iterable[Any]) -> tuple[str, ...]:
    """The names of the labels; one that is not there yet is made, as GitHub does."""
    names = tuple(dict.fromkeys(each if isinstance(each, str) else each["name"] for each in given))
    for name in names:
        if call.repository.labels.get(name) is None:
            call.repository.labels.put(name, Label(call.world.next_id(), name))
    return names


def the_issue(call: Call) -> Issue:
    """The issue that the path names."""
    issue = call.repository.issues.get(call.path["issue_number"])
    if issue is None:
        raise Refused(404, NOT_FOUND)
    return issue


@operation("issues/list-labels-for-repo", *READ)
def list_labels(call: Call) -> Reply:
    return call.page(call.repository.labels.listed(), lambda each: render_label(call.repository, each))


@operation("issues/get-label", *READ)
def get_label(call: Call) -> Reply:
    label = call.repository.labels.get(call.path["name"])
    if label is None:
        raise Refused(404, NOT_FOUND)
    return Reply(200, render_label(call.repository, label))


@operation("issues/create-label", *WRITE)
def create_label(call: Call) -> Reply:
    name = call.body["name"]
    if call.repository.labels.get(name):
        raise invalid("Label", "name", "already_exists")
    color = call.body.get("color", "ededed")
    if len(color) != 6 or set(color.lower()) - set("0123456789abcdef"):
        raise invalid("Label", "color")
    made = Label(call.world.next_id(), name, color, call.body.get("description"))
    shown = render_label(call.repository, call.repository.labels.put(name, made))
    return Reply(201, shown, {"location": shown["url"]})


@operation("issues/add-labels", *WRITE)
def add_labels(call: Call) -> Reply:
    issue = the_issue(call)
    names = tuple(dict.fromkeys((*issue.labels, *ensure(call, (call.body or {}).get("labels", ())))))
    call.repository.issues.put(issue.number, replace(issue, labels=names, updated=call.now))
    return Reply(200, shown(call.repository, names))


@operation("issues/remove-label", *WRITE)
def remove_label(call: Call) -> Reply:
    issue = the_issue(call)
    if call.path["name"] not in issue.labels:
        raise Refused(404, "Label does not exist")
    names = tuple(name for name in issue.labels if name != call.path["name"])
    call.repository.issues.put(issue.number, replace(issue, labels=names, updated=call.now))
    return Reply(200, shown(call.repository, names))


def shown(repository: Repository, names: Iterable[str]) -> list[render.Json]:
    """The labels of these names."""
    return [render_label(repository, label) for name in names if (label := repository.labels.get(name))]
