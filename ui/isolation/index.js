// Every message from the window to the engine passes here before the engine sees it.
// Only the product's own commands pass, each with exactly its arguments, in their types, within a size.
(() => {
  'use strict';

  const LARGEST_MESSAGE = 16 * 1024 * 1024;
  const LONGEST_TEXT = 8 * 1024 * 1024;

  const whole = (value) => Number.isSafeInteger(value) && value >= 0;
  const flag = (value) => typeof value === 'boolean';
  const text = (value) => typeof value === 'string' && value.length <= LONGEST_TEXT;
  const record = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
  const server = (value) => record(value) && ['gravitee', 'issuer', 'token_url'].includes(value.kind);
  const form = (value) => record(value) && server(value.server) && text(value.client_id);
  const inputs = (value) => value === null || (record(value) && Object.values(value).every((input) => input === null || text(input)));
  const request = (value) => record(value) && whole(value.send) && text(value.method) && text(value.url);
  const key = (value) => record(value) && (value.kind !== 'connection' || whole(value.id));
  const api = (value) => value === null || whole(value);
  const exported = (value) => ['own', 'v4', 'kubernetes', 'curl'].includes(value);
  const judging = (value) => record(value) && record(value.rules) && (value.at === null || text(value.at));
  const inspection = (value) => record(value) && text(value.text) && key(value.key) && judging(value.judging);
  const token = (value) => record(value) && ((value.kind === 'connection' && whole(value.id)) || (value.kind === 'kept' && whole(value.number)));
  const side = (value) => token(value) || (record(value) && value.kind === 'text' && text(value.text) && whole(value.pick));
  const companion = (value) => ['refresh_token', 'id_token'].includes(value);
  const way = (value) => record(value) && text(value.method) && flag(value.trimmed) && [null, 'issuer', 'token_endpoint'].includes(value.audience);
  const rules = (value) => value === null || record(value);

  const offset = (value) => Number.isSafeInteger(value);
  const names = (value) => Array.isArray(value) && value.every(text);
  const scope = (value) => record(value) && ['client', 'domain', 'api'].includes(value.of);

  const commands = new Map(
    Object.entries({
      overview: {},
      connection_endpoints: { server },
      save_connection: { form },
      delete_connection: { id: whole },
      undo_delete: { id: whole },
      select_connection: { id: whole },
      test_connection: { form },
      discover: { form },
      read_paste: { text },
      reveal_secret: { id: whole },
      get_token: { id: whole, fresh: flag, inputs },
      sign_in: { id: whole },
      open_sign_in: { id: whole },
      cancel_sign_in: { id: whole },
      current_token: { id: whole },
      kept_tokens: {},
      forget_token: { token },
      reveal_token: { id: whole },
      reveal_companion: { id: whole, companion },
      introspect_token: { token },
      ask_userinfo: { token },
      revoke_token: { token },
      judge_token: { id: whole, judging },
      diff_tokens: { left: side, right: side },
      issuer_jwks: { id: whole, anew: flag },
      save_rules: { id: whole, rules },
      inspect: { form: inspection },
      plan_doctor: { id: whole },
      try_way: { id: whole, way, send: whole },
      use_way: { id: whole, way },
      compare_curl: { id: whole, text },
      send: { request },
      cancel: { send: whole },
      body_window: { handle: text, first: whole, count: whole },
      history: { query: text, limit: whole },
      clear_history: {},
      copy_as: { request, language: text },
      copy_token_request_as: { id: whole, language: text },
      start_gateway: { freePorts: flag },
      stop_gateway: {},
      gateway_events: { after: whole },
      try_it: { freePorts: flag },
      apis: {},
      preview_definition: { text },
      import_definition: { text, name: text },
      remove_definition: { id: whole },
      undo_remove_definition: { id: whole },
      export_definition: { id: api, form: exported },
      save_definition: { id: api, form: exported },
      subscribe: { id: whole, plan: text, clientId: text, on: flag },
      gateway_control: {},
      gateway_switches: {},
      set_weaknesses: { api: text, names },
      set_behaviour: { api: text, behaviour: text },
      set_faults: { scope, names },
      set_next_faults: { scope, count: whole, names },
      rotate_key: { domain: text },
      withdraw_keys: { domain: text },
      shift_clock: { seconds: offset },
      freeze_clock: { on: flag },
      reset_clock: {},
      unlock_keyring: {},
      retry_keyring: {},
      use_memory_only: { on: flag },
      storage: {},
    }),
  );

  function refusal(message) {
    const shape = commands.get(message.cmd);
    if (!shape) return 'no such command';
    const payload = message.payload ?? {};
    if (!record(payload)) return 'the arguments are not an object';
    if (Object.keys(payload).some((name) => !Object.hasOwn(shape, name))) return 'unknown argument';
    for (const [name, fits] of Object.entries(shape)) {
      if (!Object.hasOwn(payload, name) || !fits(payload[name])) return `argument ${name} does not fit`;
    }
    return JSON.stringify(payload).length > LARGEST_MESSAGE ? 'too large' : null;
  }

  // A refused message goes on under a name that no command has: the caller gets an error instead of waiting for ever.
  window.__TAURI_ISOLATION_HOOK__ = (message) => {
    const reason = refusal(message);
    if (!reason) return message;
    console.error(`isolation refused ${String(message.cmd)}: ${reason}`);
    return { ...message, cmd: 'refused_by_isolation', payload: {} };
  };
})();
