import type { IconName } from '../components/icons';
import type { Desk, ViewName } from './desk.svelte';
import { modifier, shortcuts } from './shortcuts';

/** Something the palette offers. */
export interface Action {
  id: string;
  icon: IconName;
  label: string;
  /** What stands beside it in grey. */
  detail: string;
  keys?: string;
  /** Its label holds names that come from outside. */
  outside?: boolean;
  run: () => void;
}

export const VIEWS: { name: ViewName; label: string; icon: IconName }[] = [
  { name: 'connections', label: 'Connections', icon: 'connections' },
  { name: 'token', label: 'Token', icon: 'token' },
  { name: 'request', label: 'Request', icon: 'request' },
  { name: 'gateway', label: 'Gateway', icon: 'gateway' },
  { name: 'settings', label: 'Settings', icon: 'settings' },
];

const keysOf = (key: string): string => `${modifier} ${shortcuts.find((shortcut) => shortcut.key === key)?.shown ?? key}`;

function deeds(desk: Desk): Action[] {
  const { current } = desk.connections;
  const deed = (id: string, icon: IconName, label: string, run: () => void, keys?: string): Action => ({ id, icon, label, detail: '', keys, run });
  const always = [
    deed('new', 'plus', 'New connection', () => desk.newConnection(), desk.view === 'request' ? undefined : keysOf('n')),
    deed('send', 'request', 'Send the request', () => desk.send(true), keysOf('Enter')),
    deed('send-without', 'request', 'Send the request without token', () => desk.send(false)),
    deed('curl', 'curl', 'Copy the request as curl', () => void desk.copyRequest('curl')),
    deed('inspect', 'search', 'Inspect any token', () => desk.inspectText('')),
    deed('kept', 'memory', 'List all kept tokens', () => {
      desk.tokenPage = 'kept';
      desk.go('token');
    }),
    desk.gateway.view.running
      ? deed('stop', 'stop', 'Stop the gateway on this machine', () => void desk.gateway.stop())
      : deed('start', 'play', 'Start the gateway on this machine', () => {
          desk.go('gateway');
          void desk.gateway.start();
        }),
    deed('try', 'machine', 'Try the whole journey on this machine', () => desk.tryIt()),
    deed('values', desk.valuesHidden ? 'eye' : 'hide', desk.valuesHidden ? 'Show values again' : 'Hide values for a screenshot', () => (desk.valuesHidden = !desk.valuesHidden), keysOf('h')),
    deed('sheet', 'info', 'Keyboard shortcuts', () => (desk.sheetOpen = true), keysOf('?')),
  ];
  if (!current) return always;
  return [
    deed('get', 'token', 'Get a token', () => void desk.getToken()),
    deed('renew', 'renew', 'Renew the token', () => void desk.getToken(true)),
    deed('edit', 'edit', 'Edit the current connection', () => desk.edit(current), keysOf('e')),
    ...always,
  ];
}

/** Everything that can be done from here, what is done most first. */
export function actionsOf(desk: Desk): Action[] {
  const views = VIEWS.map(({ name, label, icon }): Action => ({ id: `view-${name}`, icon, label: `Go to ${label}`, detail: '', keys: name === 'settings' ? keysOf(',') : undefined, run: () => desk.go(name) }));
  const connections = desk.connections.list.map((connection): Action => ({ id: `connection-${connection.id}`, icon: 'connections', label: `Use ${connection.name}`, detail: connection.server_label, outside: true, run: () => void desk.select(connection.id) }));
  const requests = desk.history.entries.slice(0, 50).map((entry): Action => ({ id: `request-${entry.id}`, icon: 'history', label: `${entry.method} ${entry.url}`, detail: String(entry.status ?? 'no answer'), outside: true, run: () => { desk.request.fillFromHistory(entry); desk.go('request'); } }));
  return [...deeds(desk), ...connections, ...views, ...requests];
}

/** The actions that hold every word of the search. */
export function matching(actions: Action[], search: string): Action[] {
  const words = search.toLowerCase().split(/\s+/);
  return actions.filter((action) => words.every((word) => `${action.label} ${action.detail}`.toLowerCase().includes(word)));
}
