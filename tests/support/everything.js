// All text that the page holds, wherever it may hide: markup, attributes, typed values, shadow roots, storage.
const parts = [document.title, location.href, document.cookie];

function collect(root) {
  parts.push(root.innerHTML ?? '');
  for (const element of root.querySelectorAll('*')) {
    if ('value' in element) parts.push(String(element.value));
    if (element.shadowRoot) collect(element.shadowRoot);
  }
}

collect(document);
parts.push(document.documentElement.outerHTML, JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }));
return parts.join('\n');
