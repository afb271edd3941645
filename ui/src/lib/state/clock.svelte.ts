/** The moving now, in seconds of this machine's clock. Everything that counts down reads it. */
export class Clock {
  now = $state(Date.now() / 1000);

  #timer: ReturnType<typeof setInterval> | undefined;

  start(): void {
    this.#timer ??= setInterval(() => this.tick(), 1000);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  tick(): void {
    this.now = Date.now() / 1000;
  }
}
