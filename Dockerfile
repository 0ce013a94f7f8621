# Two images from one file: the stages destination-mailchimp and source-mailchimp. `make images` builds both, with the
# names and labels of connectors/*/metadata.yaml. docs/publishing.md says how they get to a registry.
ARG BASE_IMAGE=docker.io/airbyte/python-connector-base:4.0.2@sha256:9fdb1888c4264cf6fee473649ecb593f56f58e5d0096a87ee0b231777e2e3e73

FROM ${BASE_IMAGE} AS builder
# Nothing of this stage runs anywhere else.
# hadolint ignore=DL3002
USER 0
WORKDIR /airbyte/integration_code
# The libraries first: they change seldom, and each file's hash is checked.
COPY requirements/image.txt requirements/image.txt
RUN python3 -m venv /opt/connector \
    && /opt/connector/bin/python -m pip install --no-cache-dir --quiet --require-hashes --requirement requirements/image.txt
COPY setup.py pyproject.toml README.md LICENSE destination_mailchimp.py source_mailchimp.py ./
COPY source_destination_mailchimp source_destination_mailchimp
RUN /opt/connector/bin/python -m pip install --no-cache-dir --quiet --no-deps --no-build-isolation . \
    && /opt/connector/bin/python -m pip uninstall --yes --quiet setuptools pip \
    && rm /opt/connector/bin/mailchimp-sandbox

FROM ${BASE_IMAGE} AS runtime
COPY --from=builder /opt/connector /opt/connector
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
WORKDIR /airbyte/integration_code
USER 1000:1000

FROM runtime AS source-mailchimp
ENV AIRBYTE_ENTRYPOINT="/opt/connector/bin/source-mailchimp"
ENTRYPOINT ["/opt/connector/bin/source-mailchimp"]

# The last stage is what a build without --target makes.
FROM runtime AS destination-mailchimp
ENV AIRBYTE_ENTRYPOINT="/opt/connector/bin/destination-mailchimp"
ENTRYPOINT ["/opt/connector/bin/destination-mailchimp"]
