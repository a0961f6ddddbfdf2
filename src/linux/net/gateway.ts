/** The only way out of a machine's network. Absent by default. */

/** A connection to the outside. */
export interface GatewayConnection {
  /** The next bytes, undefined at the end. Rejects when the connection is lost. */
  read(): Promise<Uint8Array | undefined>;
  write(bytes: Uint8Array): void;
  /** No more bytes will be written. */
  end(): void;
  close(): void;
}

/** Opens TCP connections for guests. Injected by whoever allows it; it decides what is allowed. */
export interface Gateway {
  /** `host` is a dotted IPv4 address or 32 hexadecimal digits. Rejects when it is refused. */
  connect(host: string, port: number): Promise<GatewayConnection>;
}
