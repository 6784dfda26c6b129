"""Deployments, their statuses, and environments."""

from tests.github_fake import render
from tests.github_fake.call import NOT_FOUND, Call, Refused, Reply, operation
from tests.github_fake.clock import stamp
from tests.github_fake.delivery import Deployment, DeploymentStatus, Environment
from tests.github_fake.repository import Repository

READ = "deployments=read"
WRITE = "deployments=write"


def render_deployment(repository: Repository, deployment: Deployment) -> render.Json:
    """A deployment."""
    url = f"{render.api(repository)}/deployments/{deployment.id}"
    return render.fill(
        "deployment",
        id=deployment.id,
        node_id=render.node_id("DE", deployment.id),
        url=url,
        statuses_url=f"{url}/statuses",
        repository_url=render.api(repository),
        sha=deployment.sha,
        ref=deployment.ref,
        task=deployment.task,
        environment=deployment.environment,
        original_environment=deployment.environment,
        payload=deployment.payload,
        description=deployment.description,
        creator=render.user(repository.world, deployment.creator),
        created_at=stamp(deployment.created),
        updated_at=stamp(deployment.created),
        production_environment=deployment.production,
        transient_environment=deployment.transient,
    )


def the_deployment(call: Call) -> Deployment:
    """The deployment that the path names."""
    deployment = call.repository.deployments.get(call.path["deployment_id"])
    if deployment is None:
        raise Refused(404, NOT_FOUND)
    return deployment


@operation("repos/create-deployment", WRITE)
def create_deployment(call: Call) -> Reply:
    """409 when a required status of the ref is not green; GitHub would merge the base too, which this does not."""
    body, repository = call.body, call.repository
    sha = repository.resolve(body["ref"])
    if sha is None:
        raise Refused(422, f"No ref found for: {body['ref']}")
    states = {context: status.state for context, status in repository.statuses_of(sha).items()}
    required = body.get("required_contexts", list(states))
    if any(states.get(context) != "success" for context in required):
        raise Refused(409, f"Conflict: Commit status checks failed for {body['ref']}.")
    environment = body.get("environment", "production")
    made = Deployment(
        call.world.next_id(),
        sha,
        body["ref"],
        body.get("task", "deploy"),
        environment,
        body.get("payload", {}) or {},
        body.get("description"),
        call.user,
        call.now,
        body.get("production_environment", environment == "production"),
        body.get("transient_environment", False),
    )
    repository.deployments.put(made.id, made)
    if repository.environments.get(environment) is None:
        repository.environments.put(environment, Environment(call.world.next_id(), environment, call.now))
    call.announce("deployment", "created", made.ref, sha=sha)
    return Reply(201, render_deployment(repository, made))


@operation("repos/get-deployment", READ)
def get_deployment(call: Call) -> Reply:
    return Reply(200, render_deployment(call.repository, the_deployment(call)))


@operation("repos/list-deployments", READ)
def list_deployments(call: Call) -> Reply:
    wanted = {
        key: call.query[key] for key in ("sha", "ref", "task", "environment") if call.query.get(key, "none") != "none"
    }
    found = [
        each
        for each in reversed(call.repository.deployments.listed())
        if all(getattr(each, key) == value for key, value in wanted.items())
    ]
    return call.page(found, lambda each: render_deployment(call.repository, each))


def render_status(repository: Repository, status: DeploymentStatus) -> render.Json:
    """A status of a deployment."""
    deployment = f"{render.api(repository)}/deployments/{status.deployment}"
    return render.fill(
        "deployment-status",
        id=status.id,
        node_id=render.node_id("DS", status.id),
        state=status.state,
        description=status.description,
        environment=status.environment,
        target_url=status.target_url,
        log_url=status.target_url,
        environment_url=status.environment_url,
        deployment_url=deployment,
        repository_url=render.api(repository),
        url=f"{deployment}/statuses/{status.id}",
        creator=render.user(repository.world, status.creator),
        created_at=stamp(status.created),
        updated_at=stamp(status.created),
    )


@operation("repos/create-deployment-status", WRITE)
def create_status(call: Call) -> Reply:
    deployment, body = the_deployment(call), call.body
    description = body.get("description", "")
    if len(description) > 140:
        raise Refused(422, "Validation Failed", errors=[{"resource": "DeploymentStatus", "field": "description"}])
    made = DeploymentStatus(
        call.world.next_id(),
        deployment.id,
        body["state"],
        description,
        body.get("environment", deployment.environment),
        body.get("log_url") or body.get("target_url", ""),
        body.get("environment_url", ""),
        call.user,
        call.now,
    )
    call.repository.deployment_statuses.put(made.id, made)
    call.announce("deployment_status", "created", deployment.ref, sha=deployment.sha)
    return Reply(201, render_status(call.repository, made))


@operation("repos/list-deployment-statuses", READ)
def list_statuses(call: Call) -> Reply:
    deployment = the_deployment(call)
    shelf = call.repository.deployment_statuses
    found = [each for each in reversed(shelf.listed()) if each.deployment == deployment.id]
    return call.page(found, lambda each: render_status(call.repository, each))


def render_environment(repository: Repository, environment: Environment) -> render.Json:
    """An environment with its protection."""
    rules: list[render.Json] = []
    if environment.reviewers:
        people = [repository.world.user(login) for login in environment.reviewers]
        reviewers = [{"type": "User", "reviewer": render.user(repository.world, who)} for who in people]
        rules.append({"id": environment.id, "node_id": "GA", "type": "required_reviewers", "reviewers": reviewers})
    if environment.protected_branches:
        rules.append({"id": environment.id + 1, "node_id": "GB", "type": "branch_policy"})
    policy = {"protected_branches": True, "custom_branch_policies": False} if environment.protected_branches else None
    return render.fill(
        "environment",
        id=environment.id,
        node_id=render.node_id("EN", environment.id),
        name=environment.name,
        url=f"{render.api(repository)}/environments/{environment.name}",
        html_url=f"{render.page(repository)}/deployments/activity_log?environments_filter={environment.name}",
        created_at=stamp(environment.created),
        updated_at=stamp(environment.created),
        protection_rules=rules,
        deployment_branch_policy=policy,
    )


@operation("repos/get-all-environments", "actions=read")
def list_environments(call: Call) -> Reply:
    shown = call.repository.environments.listed()
    return call.page(shown, lambda each: render_environment(call.repository, each), "environments")


@operation("repos/get-environment", "actions=read")
def get_environment(call: Call) -> Reply:
    environment = call.repository.environments.get(call.path["environment_name"])
    if environment is None:
        raise Refused(404, NOT_FOUND)
    return Reply(200, render_environment(call.repository, environment))
