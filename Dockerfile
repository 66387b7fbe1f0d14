# The one image: the four services and the `xiaoshi` command. What runs is said by whoever runs it.
FROM python:3.12.13-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
RUN python -m venv --without-pip /opt/xiaoshi
COPY requirements.lock requirements-dev.lock ./
# Wheels alone, so no compiler is needed; by their hashes, so nothing but what was locked gets in.
RUN python -m pip --python /opt/xiaoshi/bin/python install \
      --only-binary :all: --require-hashes -r requirements.lock
# What builds our own wheel is locked among the developers' tools, and stays in this stage.
RUN awk '/^[^ ]/ {wanted = /^setuptools==/} wanted' requirements-dev.lock > build.lock \
 && python -m pip install --only-binary :all: --require-hashes -r build.lock
COPY pyproject.toml README.md NOTICE ./
COPY shared shared
COPY services services
COPY xiaoshi xiaoshi
RUN python -m pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && python -m pip --python /opt/xiaoshi/bin/python install --no-deps --no-index /wheels/*.whl

FROM python:3.12.13-slim-trixie
LABEL org.opencontainers.image.title="xiaoshi" \
      org.opencontainers.image.description="小事: the event bus of a county's social governance"
RUN python -m pip uninstall --yes --quiet --root-user-action=ignore pip \
 && groupadd --system --gid 10001 xiaoshi \
 && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent \
      --shell /usr/sbin/nologin xiaoshi
COPY --from=build /opt/xiaoshi /opt/xiaoshi
# The file system is read-only where we run: no bytecode is written, and nothing is imported from the folder.
ENV PATH=/opt/xiaoshi/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1
WORKDIR /tmp
# By number, so that a cluster can see that it is not root.
USER 10001:10001
ENTRYPOINT []
CMD ["xiaoshi", "--help"]
