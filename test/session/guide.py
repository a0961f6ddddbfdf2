# The multi-platform guide against the published Python SDK; started by python.test.ts.
import json
import sys

import anyio
import dagger

PLATFORMS = ["linux/amd64", "linux/arm64", "linux/s390x"]


async def main():
    results = {}
    config = dagger.Config(log_output=sys.stderr)
    async with dagger.Connection(config) as client:

        def base(platform):
            return client.container(platform=dagger.Platform(platform)).from_("busybox")

        results["uname"] = [
            await base(platform).with_exec(["uname", "-m"]).stdout()
            for platform in PLATFORMS
        ]
        variants = [
            client.container(platform=dagger.Platform(platform)).with_rootfs(
                base(platform)
                .with_exec(["sh", "-c", "mkdir /out; uname -m > /out/arch"])
                .directory("/out")
            )
            for platform in PLATFORMS
        ]
        results["reference"] = await client.container().publish(
            "registry.test/guide:latest", platform_variants=variants
        )
        container = await base("linux/amd64").with_env_variable("A", "1").sync()
        results["variables"] = [
            [await variable.name(), await variable.value()]
            for variable in await container.env_variables()
        ]
        try:
            await container.with_exec(["sh", "-c", "echo o; echo e >&2; exit 3"]).sync()
        except dagger.ExecError as error:
            results["error"] = {
                "exitCode": error.exit_code,
                "stdout": error.stdout,
                "stderr": error.stderr,
                "message": str(error),
            }
    print(json.dumps(results))


anyio.run(main)
