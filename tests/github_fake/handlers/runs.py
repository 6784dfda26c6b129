"""Runs of workflows and their jobs."""

import hashlib
from dataclasses import replace

from tests.github_fake import render
from tests.github_fake.call import NOT_FOUND, Call, Refused, Reply, operation
from tests.github_fake.clock import stamp
from tests.github_fake.repository import Repository
from tests.github_fake.state import Job, Run, RunReview

READ = "actions=read"
WRITE = "actions=write"


def workflow_id(repository: Repository, path: str) -> int:
    """A workflow's number, the same as long as its path is."""
    return repository.id * 1000 + int(hashlib.sha256(path.encode()).hexdigest()[:4], 16)


def render_run(repository: Repository, run: Run) -> render.Json:
    """A run; it names no pull request when that is from a fork."""
    url = f"{render.api(repository)}/actions/runs/{run.id}"
    number = workflow_id(repository, run.workflow)
    commit = repository.objects.commit(run.head_sha)
    return render.fill(
        "workflow-run",
        id=run.id,
        node_id=render.node_id("WFR", run.id),
        name=run.name,
        display_title=run.name,
        head_branch=run.head_branch,
        head_sha=run.head_sha,
        path=run.workflow,
        run_number=run.run_number,
        run_attempt=run.run_attempt,
        event=run.event,
        status=run.status,
        conclusion=run.conclusion,
        workflow_id=number,
        workflow_url=f"{render.api(repository)}/actions/workflows/{number}",
        url=url,
        html_url=f"{render.page(repository)}/actions/runs/{run.id}",
        jobs_url=f"{url}/jobs",
        logs_url=f"{url}/logs",
        artifacts_url=f"{url}/artifacts",
        cancel_url=f"{url}/cancel",
        rerun_url=f"{url}/rerun",
        created_at=stamp(run.created),
        updated_at=stamp(run.updated),
        run_started_at=stamp(run.created if run.started is None else run.started),
        check_suite_id=run.id,
        check_suite_node_id=render.node_id("CS", run.id),
        previous_attempt_url=f"{url}/attempts/{run.run_attempt - 1}" if run.run_attempt > 1 else None,
        actor=render.user(repository.world, run.actor),
        triggering_actor=render.user(repository.world, run.actor),
        head_commit={
            "id": run.head_sha,
            "tree_id": commit.tree,
            "message": commit.message,
            "timestamp": stamp(commit.committer.time),
            "author": {"name": commit.author.name, "email": commit.author.email},
            "committer": {"name": commit.committer.name, "email": commit.committer.email},
        },
        repository=render.repository(repository),
        head_repository=render.repository(run.head_repository) if run.head_repository else None,
        pull_requests=[render_pull(repository, number) for number in run.pulls],
    )


def render_pull(repository: Repository, number: int) -> render.Json:
    """A pull request as runs show it."""
    pull = repository.pull(number)
    short = {"id": repository.id, "url": render.api(repository), "name": repository.name}
    return {
        "id": pull.id,
        "number": number,
        "url": f"{render.api(repository)}/pulls/{number}",
        "head": {"ref": pull.head_ref, "sha": pull.head_sha, "repo": short},
        "base": {"ref": pull.base_ref, "sha": pull.base_sha, "repo": short},
    }


def the_run(call: Call) -> Run:
    """The run that the path names."""
    run = call.repository.runs.get(call.path["run_id"])
    if run is None:
        raise Refused(404, NOT_FOUND)
    return run


@operation("actions/get-workflow-run", READ)
def get_run(call: Call) -> Reply:
    return Reply(200, render_run(call.repository, the_run(call)))


def list_runs(call: Call, workflow: str | None = None) -> Reply:
    """The runs that the query asks for, newest first."""
    names = {"branch": "head_branch", "event": "event", "head_sha": "head_sha"}
    wanted = {attribute: call.query[key] for key, attribute in names.items() if key in call.query}
    status, actor = call.query.get("status"), call.query.get("actor")
    found = [
        each
        for each in reversed(call.repository.runs.listed())
        if all(getattr(each, attribute) == value for attribute, value in wanted.items())
        and status in (None, each.status, each.conclusion)
        and actor in (None, each.actor.login)
        and workflow in (None, each.workflow)
    ]
    return call.page(found, lambda each: render_run(call.repository, each), "workflow_runs")


@operation("actions/get-reviews-for-run", READ)
def list_reviews(call: Call) -> Reply:
    run = the_run(call)
    found = [each for each in call.repository.run_reviews if each.run == run.id]
    return Reply(200, [_render_review(call.repository, each) for each in found])


def _render_review(repository: Repository, review: RunReview) -> render.Json:
    return {
        "state": review.state, "comment": review.comment, "user": render.user(repository.world, review.user),
        "environments": [{"name": review.environment}],
    }  # fmt: skip


@operation("actions/list-workflow-runs-for-repo", READ)
def list_all_runs(call: Call) -> Reply:
    return list_runs(call)


def rerun(call: Call) -> Reply:
    """A further attempt of the same run; a run that still goes cannot have one."""
    run = the_run(call)
    if run.status != "completed":
        raise Refused(403, "This workflow is already running")
    again = replace(run, status="queued", conclusion=None, run_attempt=run.run_attempt + 1,
                    updated=call.now, started=call.now)  # fmt: skip
    call.repository.runs.put(run.id, again)
    call.announce("workflow_run", "requested", run.head_branch, sha=run.head_sha)
    return Reply(201, {})


operation("actions/re-run-workflow", WRITE)(rerun)
operation("actions/re-run-workflow-failed-jobs", WRITE)(rerun)


def render_job(repository: Repository, job: Job) -> render.Json:
    """A job."""
    run = repository.runs.get(job.run)
    assert run
    done = job.status == "completed"
    return render.fill(
        "job",
        id=job.id,
        node_id=render.node_id("CR", job.id),
        run_id=run.id,
        run_url=f"{render.api(repository)}/actions/runs/{run.id}",
        run_attempt=job.attempt,
        head_sha=run.head_sha,
        head_branch=run.head_branch,
        workflow_name=run.name,
        name=job.name,
        status=job.status,
        conclusion=job.conclusion,
        url=f"{render.api(repository)}/actions/jobs/{job.id}",
        html_url=f"{render.page(repository)}/actions/runs/{run.id}/job/{job.id}",
        check_run_url=f"{render.api(repository)}/check-runs/{job.id}",
        created_at=stamp(job.started),
        started_at=stamp(job.started),
        completed_at=stamp(job.started) if done else None,
        labels=["ubuntu-latest"],
        steps=[
            {
                "name": name,
                "number": number,
                "status": "completed" if conclusion else "in_progress",
                "conclusion": conclusion,
            }
            for number, (name, conclusion) in enumerate(job.steps, 1)
        ],
    )


@operation("actions/list-jobs-for-workflow-run", READ)
def list_jobs(call: Call) -> Reply:
    run, every = the_run(call), call.query.get("filter") == "all"
    found = [
        each
        for each in call.repository.jobs.listed()
        if each.run == run.id and (every or each.attempt == run.run_attempt)
    ]
    return call.page(found, lambda each: render_job(call.repository, each), "jobs")


@operation("actions/get-job-for-workflow-run", READ)
def get_job(call: Call) -> Reply:
    job = call.repository.jobs.get(call.path["job_id"])
    if job is None:
        raise Refused(404, NOT_FOUND)
    return Reply(200, render_job(call.repository, job))
