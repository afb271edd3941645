import type { DefinitionForm } from '../bindings/DefinitionForm';

const FORMS: Record<DefinitionForm, string> = {
  v4_export: 'v4',
  v4_gateway: 'v4, gateway form',
  v2: 'v2',
  kubernetes_v4: 'Kubernetes v4',
  kubernetes_v2: 'Kubernetes v2',
};

/** What a form of a definition is called. */
export const formName = (form: DefinitionForm): string => FORMS[form];

const SECURITY: Record<string, string> = { KEY_LESS: 'keyless', API_KEY: 'API key', OAUTH2: 'OAuth2', JWT: 'JWT', MTLS: 'mTLS' };

/** What the security of a plan is called. */
export const securityName = (security: string): string => SECURITY[security] ?? security;
