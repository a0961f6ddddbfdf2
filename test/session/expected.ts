/** What every SDK's guide program prints. */

export const uname: readonly string[] = ['x86_64\n', 'aarch64\n', 's390x\n'];
export const reference: RegExp = /^registry\.test\/guide:latest@sha256:[0-9a-f]{64}$/;
export const message: string =
  'process "sh -c echo o; echo e >&2; exit 3" did not complete successfully: exit code: 3';
