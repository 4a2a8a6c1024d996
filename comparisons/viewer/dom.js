'use strict';
// What both of the page's components build with. Joined in front of each, into its own scope.

function make(tag, className, parent, attributes = {}) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (parent) parent.append(node);
  return node;
}

function put(node, text) {
  const words = text || '';
  if (node.textContent !== words) node.textContent = words;
  node.hidden = !words;
}
