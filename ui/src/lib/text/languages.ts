import type { Language } from '../bindings/Language';

/** What code can be copied as, by the name that people know. */
export const LANGUAGES: Record<Language, string> = { curl: 'curl', httpie: 'HTTPie', hurl: 'Hurl', javascript: 'JavaScript', python: 'Python', rust: 'Rust' };
