import { mount } from 'svelte';
import App from './App.svelte';
import type { Host } from './lib/host/host';
import { tauriHost } from './lib/host/tauri';
import { Desk } from './lib/state/desk.svelte';
import './lib/styles/reset.css';
import './lib/styles/tokens.css';
import './lib/styles/base.css';

/** Outside of the desktop, `npm run dev` and `--mode fake` run over memory; a production build holds no trace of it. */
async function host(): Promise<Host> {
  if (import.meta.env.MODE === 'production' || '__TAURI_INTERNALS__' in window) return tauriHost;
  const { FakeHost } = await import('./lib/host/fake/fake');
  return FakeHost.fromAddress(location.search);
}

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');
const desk = new Desk(await host());
desk.clock.start();
mount(App, { target, props: { desk } });
void desk.load();
