/** Limits how many may be in flight at once, and their total bytes; further ones queue. A single one always fits. */
export class Room {
  private readonly line: { bytes: number; enter: () => void }[] = [];
  private count = 0;
  private bytes = 0;

  constructor(
    private readonly most: number,
    private readonly mostBytes: number,
  ) {}

  async within<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    if (this.line.length > 0 || !this.fits(bytes)) await new Promise<void>((enter) => this.line.push({ bytes, enter }));
    else this.take(bytes);
    try {
      return await work();
    } finally {
      this.count -= 1;
      this.bytes -= bytes;
      for (let next = this.line[0]; next && this.fits(next.bytes); next = this.line[0]) {
        this.line.shift();
        this.take(next.bytes);
        next.enter();
      }
    }
  }

  private fits(bytes: number): boolean {
    return this.count === 0 || (this.count < this.most && this.bytes + bytes <= this.mostBytes);
  }

  private take(bytes: number): void {
    this.count += 1;
    this.bytes += bytes;
  }
}
