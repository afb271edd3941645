// Finds what a screen reader would find: visible elements of a role with an accessible name, through open shadow roots.
// Arguments: role, name (null for any), element to search in (null for the whole page).
const [role, wanted, within] = arguments;

const SELECTORS = {
  button: 'button, [role=button], [role=switch], [role=tab], [role=menuitem], summary',
  field: 'input:not([type=hidden], [type=radio]), textarea, select, [contenteditable=true], [role=textbox], [role=searchbox], [role=combobox]',
  region: 'section, output, table, [role=region], [role=status], [role=alert], [role=group], [role=log], [role=tabpanel]',
  choice: 'label:has(> input[type=radio]), [role=radio]',
  entry: 'a, button, [role=option], [role=listitem], [role=row], li',
  link: 'a[href], nav button, [role=link], [role=tab]',
};

const spoken = (text) => text.replace(/\s+/g, ' ').trim();

function content(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (node.nodeType !== Node.ELEMENT_NODE && node.nodeType !== Node.DOCUMENT_FRAGMENT_NODE) return '';
  if (node.ariaHidden === 'true' || node.hidden) return '';
  if (node.matches?.('input, textarea, select')) return '';
  if (node.ariaLabel) return ` ${node.ariaLabel} `;
  return ` ${[...(node.shadowRoot ?? node).childNodes].map(content).join('')} `;
}

function nameOf(element) {
  const ids = element.getAttribute('aria-labelledby');
  if (ids) {
    return spoken(ids.split(/\s+/).map((id) => element.getRootNode().getElementById(id)).map((label) => (label ? content(label) : '')).join(' '));
  }
  if (element.ariaLabel) return spoken(element.ariaLabel);
  if (element.labels?.length) return spoken([...element.labels].map(content).join(' '));
  if (role === 'region') return spoken(element.querySelector('caption')?.textContent ?? '');
  return spoken(content(element)) || spoken(element.title ?? '');
}

function* elements(root) {
  for (const element of root.querySelectorAll('*')) {
    yield element;
    if (element.shadowRoot) yield* elements(element.shadowRoot);
  }
}

const found = [...elements(within ?? document)]
  .filter((element) => element.matches(SELECTORS[role]) && element.checkVisibility({ visibilityProperty: true }))
  .filter((element) => !element.closest('[aria-hidden=true]'));
return {
  matches: found.filter((element) => wanted === null || nameOf(element) === wanted),
  names: found.map(nameOf),
};
