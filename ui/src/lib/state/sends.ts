let last = 0;

/** A number for one send, by which the engine can cancel it. */
export const nextSend = (): number => (last += 1);
