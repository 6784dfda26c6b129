"""The repository itself, its branches and their protection, who may do what, and the API's own facts."""

from tests.github_fake import render
from tests.github_fake.call import NOT_FOUND, Call, Refused, Reply, operation
from tests.github_fake.clock import stamp
from tests.github_fake.handlers.rules import applies
from tests.github_fake.repository import Repository
from tests.github_fake.state import Protection, Ruleset


@operation("repos/get", "metadata=read")
def get_repository(call: Call) -> Reply:
    level = call.token.level("contents", call.repository) if call.token else "read"
    permissions = {"admin": False, "push": level in ("write", "admin"), "pull": True}
    visibility = "private" if call.repository.private else "public"
    more = {"permissions": permissions, "visibility": visibility}
    if call.repository.parent:
        more["parent"] = render.repository(call.repository.parent, "repository")
    return Reply(200, render.repository(call.repository, "full-repository", **more))


@operation("repos/list-branches", "contents=read")
def list_branches(call: Call) -> Reply:
    repository, wanted = call.repository, call.query.get("protected")
    names = sorted(name[6:] for name, _ in repository.refs.listed() if name.startswith("heads/"))
    shown = [name for name in names if wanted in (None, name in repository.protections)]
    return call.page(shown, lambda name: short_branch(repository, name))


def short_branch(repository: Repository, name: str) -> render.Json:
    """A branch as lists show it."""
    commit = render.short_commit(repository, repository.tip(name) or "")
    return {"name": name, "commit": commit, "protected": name in repository.protections}


@operation("repos/get-branch", "contents=read")
def get_branch(call: Call) -> Reply:
    repository, name = call.repository, call.path["branch"]
    tip = repository.tip(name)
    if tip is None:
        raise Refused(404, "Branch not found")
    url = f"{render.api(repository)}/branches/{name}"
    protection = repository.protections.get(name)
    contexts = list(protection.contexts) if protection else []
    shown = render.fill(
        "branch-with-protection",
        name=name,
        commit=render.commit(repository, tip),
        _links={"self": url, "html": f"{render.page(repository)}/tree/{name}"},
        protected=protection is not None,
        protection={"enabled": protection is not None, "required_status_checks": checks(contexts, False, url)},
        protection_url=f"{url}/protection",
    )
    return Reply(200, shown)


def checks(contexts: list[str], strict: bool, url: str) -> render.Json:
    """The required status checks of a branch."""
    return {
        "url": f"{url}/protection/required_status_checks",
        "strict": strict,
        "contexts": contexts,
        "contexts_url": f"{url}/protection/required_status_checks/contexts",
        "checks": [{"context": context, "app_id": None} for context in contexts],
    }


@operation("repos/get-branch-protection", "administration=read")
def get_protection(call: Call) -> Reply:
    name = call.path["branch"]
    if call.repository.tip(name) is None:
        raise Refused(404, "Branch not found")
    protection = call.repository.protections.get(name)
    if protection is None:
        raise Refused(404, "Branch not protected")
    return Reply(200, render_protection(f"{render.api(call.repository)}/branches/{name}", protection))


def render_protection(url: str, protection: Protection) -> render.Json:
    """A branch's protection."""
    shown: render.Json = {
        "url": f"{url}/protection",
        "enforce_admins": {"url": f"{url}/protection/enforce_admins", "enabled": protection.admins},
        "allow_force_pushes": {"enabled": False},
        "allow_deletions": {"enabled": False},
    }
    if protection.contexts:
        shown["required_status_checks"] = checks(list(protection.contexts), protection.strict, url)
    if protection.reviews is not None:
        shown["required_pull_request_reviews"] = {
            "url": f"{url}/protection/required_pull_request_reviews",
            "dismiss_stale_reviews": False,
            "require_code_owner_reviews": protection.code_owners,
            "required_approving_review_count": protection.reviews,
        }
    return shown


def render_ruleset(repository: Repository, ruleset: Ruleset, whole: bool) -> render.Json:
    """A ruleset; lists leave its rules out."""
    shown = render.fill(
        "repository-ruleset",
        id=ruleset.id,
        name=ruleset.name,
        target=ruleset.target,
        source_type="Repository",
        source=repository.full_name,
        enforcement=ruleset.enforcement,
        node_id=render.node_id("RRS", ruleset.id),
        created_at=stamp(repository.created),
        updated_at=stamp(repository.created),
    )
    conditions = {"ref_name": {"include": list(ruleset.include), "exclude": []}}
    return {**shown, "conditions": conditions, "rules": [dict(rule) for rule in ruleset.rules]} if whole else shown


@operation("repos/get-repo-rulesets", "metadata=read")
def list_rulesets(call: Call) -> Reply:
    shown = call.repository.rulesets.listed()
    return call.page(shown, lambda each: render_ruleset(call.repository, each, whole=False))


@operation("repos/get-repo-ruleset", "metadata=read")
def get_ruleset(call: Call) -> Reply:
    ruleset = call.repository.rulesets.get(call.path["ruleset_id"])
    if ruleset is None:
        raise Refused(404, NOT_FOUND)
    return Reply(200, render_ruleset(call.repository, ruleset, whole=True))


@operation("repos/get-branch-rules", "metadata=read")
def branch_rules(call: Call) -> Reply:
    name, source = f"heads/{call.path['branch']}", call.repository.full_name
    found = [
        {**rule, "ruleset_source_type": "Repository", "ruleset_source": source, "ruleset_id": ruleset.id}
        for ruleset in call.repository.rulesets.listed()
        if applies(call.repository, ruleset, name)
        for rule in ruleset.rules
    ]
    return call.page(found, lambda each: each)


@operation("repos/get-collaborator-permission-level", "metadata=read")
def permission_level(call: Call) -> Reply:
    """The old four levels and the role's name; anyone may read a public repository."""
    login, repository = call.path["username"], call.repository
    role = "admin" if login == repository.owner.login else repository.collaborators.get(login)
    role = role or ("none" if repository.private else "read")
    level = {"maintain": "write", "triage": "read"}.get(role, role)
    who = render.user(call.world, call.world.user(login))
    return Reply(200, {"permission": level, "role_name": role, "user": {**who, "role_name": role}})


@operation("users/get-authenticated")
def get_user(call: Call) -> Reply:
    """A GITHUB_TOKEN is nobody's, so it is refused."""
    if call.token is None:
        raise Refused(401, "Requires authentication")
    if call.token.integration:
        raise Refused(403, "Resource not accessible by integration")
    return Reply(200, render.fill("public-user", **render.user(call.world, call.user)))


@operation("meta/get")
def get_meta(call: Call) -> Reply:
    return Reply(200, render.fill("api-overview", verifiable_password_authentication=True))


@operation("rate-limit/get")
def get_rate_limit(call: Call) -> Reply:
    headers = call.world.rate_headers(call.token)
    core = {key: int(headers[f"x-ratelimit-{key}"]) for key in ("limit", "remaining", "used", "reset")}
    search = {"limit": 30, "remaining": 30, "used": 0, "reset": int(call.now) + 60}
    return Reply(200, {"resources": {"core": core, "search": search}, "rate": core})
