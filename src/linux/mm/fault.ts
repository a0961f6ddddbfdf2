/** A guest address that is not mapped, met by the kernel: becomes EFAULT of the system call. */

/**
 * Thrown by the accessors of `AddressSpace` and caught once, where system calls are dispatched, so
 * that handlers need no check per field.
 */
export class GuestFault extends Error {
  override readonly name: string = 'GuestFault';
  /** Guest address (u32). */
  readonly address: number;

  constructor(address: number) {
    super(`guest address 0x${address.toString(16)} is not mapped`);
    this.address = address;
  }
}
