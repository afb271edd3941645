import { invoke } from '@tauri-apps/api/core';
import type { Host } from './host';
import { problemOf } from './problem';

async function call<Answer>(command: string, args: Record<string, unknown> = {}): Promise<Answer> {
  try {
    return await invoke<Answer>(command, args);
  } catch (thrown) {
    throw problemOf(thrown);
  }
}

/** The desktop: one Tauri command per action. `isolation/index.js` lists the same names. */
export const tauriHost: Host = {
  overview: () => call('overview'),

  connectionEndpoints: (server) => call('connection_endpoints', { server }),
  saveConnection: (form) => call('save_connection', { form }),
  deleteConnection: (id) => call('delete_connection', { id }),
  undoDelete: (id) => call('undo_delete', { id }),
  selectConnection: (id) => call('select_connection', { id }),
  testConnection: (form) => call('test_connection', { form }),
  discover: (form) => call('discover', { form }),
  readPaste: (text) => call('read_paste', { text }),
  revealSecret: (id) => call('reveal_secret', { id }),

  getToken: (id, fresh, inputs) => call('get_token', { id, fresh, inputs }),
  signIn: (id) => call('sign_in', { id }),
  openSignIn: (id) => call('open_sign_in', { id }),
  cancelSignIn: (id) => call('cancel_sign_in', { id }),
  currentToken: (id) => call('current_token', { id }),
  keptTokens: () => call('kept_tokens'),
  forgetToken: (token) => call('forget_token', { token }),
  revealToken: (id) => call('reveal_token', { id }),
  revealCompanion: (id, companion) => call('reveal_companion', { id, companion }),
  introspectToken: (token) => call('introspect_token', { token }),
  askUserinfo: (token) => call('ask_userinfo', { token }),
  revokeToken: (token) => call('revoke_token', { token }),
  judgeToken: (id, judging) => call('judge_token', { id, judging }),
  saveRules: (id, rules) => call('save_rules', { id, rules }),
  diffTokens: (left, right) => call('diff_tokens', { left, right }),
  issuerJwks: (id, anew) => call('issuer_jwks', { id, anew }),
  inspect: (form) => call('inspect', { form }),

  planDoctor: (id) => call('plan_doctor', { id }),
  tryWay: (id, way, send) => call('try_way', { id, way, send }),
  useWay: (id, way) => call('use_way', { id, way }),
  compareCurl: (id, text) => call('compare_curl', { id, text }),

  send: (request) => call('send', { request }),
  cancel: (send) => call('cancel', { send }),
  bodyWindow: (handle, first, count) => call('body_window', { handle, first, count }),
  history: (query, limit) => call('history', { query, limit }),
  clearHistory: () => call('clear_history'),
  copyAs: (request, language) => call('copy_as', { request, language }),
  copyTokenRequestAs: (id, language) => call('copy_token_request_as', { id, language }),

  startGateway: (freePorts) => call('start_gateway', { freePorts }),
  stopGateway: () => call('stop_gateway'),
  gatewayEvents: (after) => call('gateway_events', { after }),
  tryIt: (freePorts) => call('try_it', { freePorts }),

  apis: () => call('apis'),
  previewDefinition: (text) => call('preview_definition', { text }),
  importDefinition: (text, name) => call('import_definition', { text, name }),
  removeDefinition: (id) => call('remove_definition', { id }),
  undoRemoveDefinition: (id) => call('undo_remove_definition', { id }),
  exportDefinition: (id, form) => call('export_definition', { id, form }),
  saveDefinition: (id, form) => call('save_definition', { id, form }),
  subscribe: (id, plan, clientId, on) => call('subscribe', { id, plan, clientId, on }),
  gatewayControl: () => call('gateway_control'),
  gatewaySwitches: () => call('gateway_switches'),
  setWeaknesses: (api, names) => call('set_weaknesses', { api, names }),
  setBehaviour: (api, behaviour) => call('set_behaviour', { api, behaviour }),
  setFaults: (scope, names) => call('set_faults', { scope, names }),
  setNextFaults: (scope, count, names) => call('set_next_faults', { scope, count, names }),
  rotateKey: (domain) => call('rotate_key', { domain }),
  withdrawKeys: (domain) => call('withdraw_keys', { domain }),
  shiftClock: (seconds) => call('shift_clock', { seconds }),
  freezeClock: (on) => call('freeze_clock', { on }),
  resetClock: () => call('reset_clock'),

  unlockKeyring: () => call('unlock_keyring'),
  retryKeyring: () => call('retry_keyring'),
  useMemoryOnly: (on) => call('use_memory_only', { on }),
  storage: () => call('storage'),
};
