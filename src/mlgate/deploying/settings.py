"""Settings of deployment: what stands under `deploy` at a stage of `stages.yml`."""

from typing import Annotated

from msgspec import Meta

from mlgate.config import Section

Name = Annotated[str, Meta(min_length=1, max_length=400)]
Words = Annotated[tuple[Name, ...], Meta(min_length=1, max_length=100)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
VariableName = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$(?!\n)")]


class Image(Section, frozen=True, kw_only=True):
    """A container image with the model in it, built and pushed."""

    name: Name  # where it is pushed, such as ghcr.io/acme/churn-service; without a tag
    dockerfile: Name = "Dockerfile"
    context: Name = "."  # the folder of the Dockerfile's `COPY`; the model is in its folder `model`
    arguments: Annotated[tuple[Name, ...], Meta(max_length=100)] = ()  # "BASE=…@sha256:…", as of --build-arg
    builder: Annotated[tuple[Name, ...], Meta(max_length=20)] = ()  # a command with options; else whichever is there
    build_options: Annotated[tuple[Name, ...], Meta(max_length=20)] = ()
    push_options: Annotated[tuple[Name, ...], Meta(max_length=20)] = ()


class Manifest(Section, frozen=True, kw_only=True):
    """Kubernetes or KServe manifests, with the image by digest and the model's name and digest as labels."""

    files: Words
    container: Name  # the container that gets the image
    into: Name  # the folder where the patched files are written, for kubectl or a GitOps repository
    latency_ms: Annotated[float, Meta(gt=0)] | None = None  # measured; with `rate` they make the request for CPU
    rate: Annotated[float, Meta(gt=0)] | None = None  # requests per second of one replica
    memory_mib: Annotated[float, Meta(gt=0)] | None = None  # measured; makes request and limit


class Copy(Section, frozen=True, kw_only=True):
    """The files in a folder of this machine, changed at once."""

    to: Name  # an absolute path; it gets a folder for each version, and the link `current`
    keep: Annotated[int, Meta(ge=1, le=1_000)] = 3  # versions, the present one among them


class Http(Section, frozen=True, kw_only=True):
    """A call that tells another system."""

    url: Name
    token: VariableName | None = None  # the variable that holds a bearer token


class Command(Section, frozen=True, kw_only=True):
    """Any command, without a shell."""

    run: Words


class Health(Section, frozen=True, kw_only=True):
    """Questions to the service whose answers are known, the golden rows."""

    url: Name
    golden: Name  # JSON lines with `request` and `response`
    within: Seconds = 60.0  # until it must answer right
    tolerance: Annotated[float, Meta(ge=0)] = 1e-6  # of numbers
    digest: Name | None = "model_sha256"  # the key of the answer that names the model; null: the answer does not say


class Deploy(Section, frozen=True, kw_only=True):
    """What is done, in this order, when a version comes to the stage."""

    image: Image | None = None
    manifest: Manifest | None = None
    copy: Copy | None = None
    http: Http | None = None
    command: Command | None = None
    health: Health | None = None
    timeout: Seconds = 600.0  # of each step
    environment: Annotated[tuple[VariableName, ...], Meta(max_length=100)] = ()  # variables that commands get
    github: Name | None = None  # the environment of the deployment that GitHub shows
