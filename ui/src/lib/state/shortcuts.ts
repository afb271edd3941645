import type { Desk } from './desk.svelte';

/** A keyboard shortcut: the one table that drives the keys, the sheet and the palette. */
export interface Shortcut {
  /** What is pressed together with Ctrl, or with Cmd on a Mac. */
  key: string;
  /** How the key is written on the sheet. */
  shown: string;
  label: string;
  run: (desk: Desk) => void;
}

const mac = typeof navigator !== 'undefined' && /Mac/.test(navigator.platform);
export const modifier = mac ? '⌘' : 'Ctrl';

/** Puts the caret into the request's URL once the view is there. */
function focusUrl(desk: Desk): void {
  desk.go('request');
  requestAnimationFrame(() => {
    const field = document.querySelector<HTMLInputElement>('#request-url');
    field?.focus();
    field?.select();
  });
}

function createNew(desk: Desk): void {
  if (desk.view !== 'request') return desk.newConnection();
  desk.request.clear(desk.connections.current?.api_url ?? '');
  focusUrl(desk);
}

function editConnection(desk: Desk): void {
  const { current } = desk.connections;
  if (current) desk.edit(current);
  else desk.go('connections');
}

export const shortcuts: Shortcut[] = [
  { key: 'Enter', shown: 'Enter', label: 'Send the request', run: (desk) => desk.send(true) },
  { key: 'k', shown: 'K', label: 'Find an action, a request or a connection', run: (desk) => (desk.paletteOpen = !desk.paletteOpen) },
  { key: 'l', shown: 'L', label: 'Go to the URL', run: focusUrl },
  { key: 'n', shown: 'N', label: 'New connection, or new request while requests are shown', run: createNew },
  { key: 'e', shown: 'E', label: 'Edit the current connection', run: editConnection },
  { key: 'h', shown: 'H', label: 'Hide values for a screenshot; again: show them', run: (desk) => (desk.valuesHidden = !desk.valuesHidden) },
  { key: ',', shown: ',', label: 'Settings', run: (desk) => desk.go('settings') },
  { key: '?', shown: '?', label: 'This sheet', run: (desk) => (desk.sheetOpen = !desk.sheetOpen) },
];

/** Runs the shortcut of a key press, if it is one. True if something was done. */
export function press(desk: Desk, event: KeyboardEvent): boolean {
  if (event.key === 'Escape') return escape(desk);
  const typing = event.target instanceof HTMLElement && event.target.matches('input, textarea, select');
  const modified = (mac ? event.metaKey : event.ctrlKey) && !event.altKey;
  if (!modified && (event.key !== '?' || typing)) return false;
  // A modal dialog has the keyboard for itself; only the palette's own key closes it again.
  if ((desk.paletteOpen && event.key !== 'k') || (desk.sheetOpen && event.key !== '?') || desk.leaving) return false;
  const found = shortcuts.find(({ key }) => key.toLowerCase() === event.key.toLowerCase());
  found?.run(desk);
  return found !== undefined;
}

/** Escape closes dialogs by itself; with none open it cancels what is being sent. */
function escape(desk: Desk): boolean {
  if (desk.paletteOpen || desk.sheetOpen || desk.leaving || !desk.request.running) return false;
  void desk.request.cancel();
  return true;
}
