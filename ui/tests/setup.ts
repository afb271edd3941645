import { configure } from '@testing-library/svelte';

// A limit for a busy machine: what appears is found as soon as it is there.
configure({ asyncUtilTimeout: 15_000 });

// What jsdom leaves out of the platform.
HTMLDialogElement.prototype.showModal ??= function (this: HTMLDialogElement) {
  this.open = true;
};
HTMLDialogElement.prototype.close ??= function (this: HTMLDialogElement) {
  this.open = false;
  this.dispatchEvent(new Event('close'));
};
Element.prototype.scrollIntoView ??= () => undefined;
globalThis.ResizeObserver ??= class {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
};
