# The silo and dfreeze in one image, for processors or, with --build-arg TORCH_BACKEND=cuda, for GPUs; docs/image.md says more.
# The base must have GLIBCXX_3.4.32, which TorchSharp's bridge asks for: Ubuntu 24.04 has it, and so has Debian 13, but not Debian 12.
ARG TORCH_BACKEND=cpu
# Each may be pinned, as REPOSITORY@sha256:...; tags move when their makers mend something.
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0
ARG CUDA_IMAGE=nvidia/cuda:12.8.1-cudnn-runtime-ubuntu24.04

FROM ${SDK_IMAGE} AS build
ARG TORCH_BACKEND
# No process outlives its step.
ENV MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false
WORKDIR /source

# Packages first: they change seldom, and libtorch is large.
COPY global.json Directory.Build.props Directory.Build.targets Directory.Packages.props ./
COPY build/ build/
COPY src/DistributedFreeze.Abstractions/DistributedFreeze.Abstractions.csproj src/DistributedFreeze.Abstractions/packages*.lock.json src/DistributedFreeze.Abstractions/
COPY src/DistributedFreeze.Protocol/DistributedFreeze.Protocol.csproj src/DistributedFreeze.Protocol/packages*.lock.json src/DistributedFreeze.Protocol/
COPY src/DistributedFreeze.Freezing/DistributedFreeze.Freezing.csproj src/DistributedFreeze.Freezing/packages*.lock.json src/DistributedFreeze.Freezing/
COPY src/DistributedFreeze.Specs/DistributedFreeze.Specs.csproj src/DistributedFreeze.Specs/packages*.lock.json src/DistributedFreeze.Specs/
COPY src/DistributedFreeze.Exchange/DistributedFreeze.Exchange.csproj src/DistributedFreeze.Exchange/packages*.lock.json src/DistributedFreeze.Exchange/
COPY src/DistributedFreeze.Evaluation/DistributedFreeze.Evaluation.csproj src/DistributedFreeze.Evaluation/packages*.lock.json src/DistributedFreeze.Evaluation/
COPY src/DistributedFreeze.Coordination/DistributedFreeze.Coordination.csproj src/DistributedFreeze.Coordination/packages*.lock.json src/DistributedFreeze.Coordination/
COPY src/DistributedFreeze.Inference/DistributedFreeze.Inference.csproj src/DistributedFreeze.Inference/packages*.lock.json src/DistributedFreeze.Inference/
COPY src/DistributedFreeze.Serving/DistributedFreeze.Serving.csproj src/DistributedFreeze.Serving/packages*.lock.json src/DistributedFreeze.Serving/
COPY src/DistributedFreeze.Data/DistributedFreeze.Data.csproj src/DistributedFreeze.Data/packages*.lock.json src/DistributedFreeze.Data/
COPY src/DistributedFreeze.Training/DistributedFreeze.Training.csproj src/DistributedFreeze.Training/packages*.lock.json src/DistributedFreeze.Training/
COPY src/DistributedFreeze.Grains/DistributedFreeze.Grains.csproj src/DistributedFreeze.Grains/packages*.lock.json src/DistributedFreeze.Grains/
COPY src/DistributedFreeze.Silo/DistributedFreeze.Silo.csproj src/DistributedFreeze.Silo/packages*.lock.json src/DistributedFreeze.Silo/
COPY src/DistributedFreeze.Client/DistributedFreeze.Client.csproj src/DistributedFreeze.Client/packages*.lock.json src/DistributedFreeze.Client/
COPY src/DistributedFreeze.Cli/DistributedFreeze.Cli.csproj src/DistributedFreeze.Cli/packages*.lock.json src/DistributedFreeze.Cli/
# Exactly the packages of the lock files, where there are such for the backend.
RUN locked=$([ "$TORCH_BACKEND" = cpu ] || [ -e src/DistributedFreeze.Cli/packages.$TORCH_BACKEND.lock.json ] && echo --locked-mode); \
    dotnet restore src/DistributedFreeze.Cli $locked -p:TorchBackend=$TORCH_BACKEND -p:PublishReadyToRun=true

COPY . .
ARG VERSION=0.1.0
ARG REVISION=
# Into one folder, so that both share libtorch. What nothing loads goes: libtorch's Python, its mobile backends and its tests. The rest is
# sorted by how seldom it changes, and every time is the same, so that new code leaves the layers of the packages as they were.
RUN for program in Silo Cli; do \
        dotnet publish src/DistributedFreeze.$program -c Release --no-restore -o /publish \
            -p:TorchBackend=$TORCH_BACKEND -p:Version=$VERSION -p:SourceRevisionId=$REVISION \
            -p:DebugType=embedded -p:PublishDocumentationFiles=false -p:PublishReferencesDocumentationFiles=false || exit 1; \
    done \
    && cd /publish \
    && rm -f libtorch_python.so libshm.so libtorch_global_deps.so libaoti_custom_ops.so \
        libnnapi_backend.so libbackend_with_compiler.so libjitbackend_test.so libtorchbind_test.so \
    && mkdir -p /layers/native/app /layers/managed/app /layers/own/app \
    && mv DistributedFreeze.* dfreeze* /layers/own/app/ \
    && mv *.so *.so.* /layers/native/app/ \
    && mv * /layers/managed/app/ \
    && chmod -R u=rwX,go=rX /layers \
    && find /layers -exec touch -d @0 {} +

FROM ${RUNTIME_IMAGE} AS runtime-cpu

# .NET on the base of NVIDIA, which has the CUDA and cuDNN that ONNX Runtime needs; libtorch brings its own.
FROM ${CUDA_IMAGE} AS runtime-cuda
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libssl3t64 tzdata \
    && rm -rf /var/lib/apt/lists/*
COPY --from=runtime-cpu /usr/share/dotnet/ /usr/share/dotnet/
ENV DOTNET_RUNNING_IN_CONTAINER=true

FROM runtime-${TORCH_BACKEND}
# Volumes take their owner from here where the engine makes them.
RUN install -d -o 10001 -g 10001 /data /outputs /cache
COPY --from=build /layers/native/ /
COPY --from=build /layers/managed/ /
COPY --from=build /layers/own/ /

# Diagnostics would write to a file system that may be read-only; ONNX Runtime would tell its maker that it runs.
ENV PATH=/app:$PATH \
    DOTNET_EnableDiagnostics=0 \
    ORT_DISABLE_TELEMETRY=1 \
    ASPNETCORE_HTTP_PORTS=8080 \
    DFREEZE_CACHE=/cache \
    DistributedFreeze__DataRoots__0=/data \
    DistributedFreeze__OutputRoots__0=/outputs
WORKDIR /app
USER 10001:10001
# HTTP, silos, the exchange of gradients, clients. Whoever runs the image asks /healthz and /readyz: there is no health check in it.
EXPOSE 8080 11111 11112 30000
STOPSIGNAL SIGTERM
ENTRYPOINT ["/app/DistributedFreeze.Silo"]

ARG VERSION=0.1.0
ARG REVISION=
ARG CREATED=
LABEL org.opencontainers.image.title="DistributedFreeze" \
      org.opencontainers.image.description="Fine-tunes a ResNet50 with most layers frozen: the silo and the dfreeze command" \
      org.opencontainers.image.version=$VERSION \
      org.opencontainers.image.revision=$REVISION \
      org.opencontainers.image.created=$CREATED
