"""While an answer is under way: what the page marks, what it locks, and where it keeps why an upload was refused.

The page's library runs `BUSY` before it sends an event, and `SETTLED` after it.
"""

from dentalx.web.picture import MOST_BYTES

# Before an event is sent, and after it has ended in whatever way; of another image, or of another view of the same one.
BUSY = {what: f"(...values) => {{ window.dentalx?.busy('{what}'); return values; }}" for what in ("image", "view")}
SETTLED = {what: f"() => {{ window.dentalx?.settled('{what}'); }}" for what in ("image", "view")}
TOO_LARGE = f"The file was not opened: it has more than {MOST_BYTES >> 20} MiB. Make it smaller."
WAITING = """
const MOST = %d, TOO_LARGE = %s, ZOOMS = [1, 1.5, 2, 3, 4, 6, 8];
const state = { outlines: true, original: false, zoom: 1, x: 0.5, y: 0.5, pinned: null, answer: null };
const one = (selector) => document.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const panes = () => all('.dx-pane:not([hidden])');

/* Busy: the old image is dimmed together with its numbers, until a new answer is there and its image is loaded. */
const pending = new Set();
let focused = null;
function locked(on) {  // no control moves while another image is under way: its answer will be of what they show
  if (on) focused ??= document.activeElement;
  for (const part of all('#open, #controls')) part.inert = on;
  if (on || !focused) return;
  if (document.activeElement === document.body) focused.focus({ preventScroll: true });
  focused = null;
}
function busy(what) {
  pending.add(what);
  if (what === 'image') locked(true);
  const result = one('#result');
  if (!result) return;
  result.classList.add('busy');
  result.setAttribute('aria-busy', 'true');
  const waiting = one('#dx-waiting');
  if (waiting) waiting.textContent = 'Working…';
}
function settled(what) {
  pending.delete(what);
  if (!pending.has('image')) locked(false);
  if (pending.size || one('.dx-view.loading')) return;
  const result = one('#result');
  if (!result) return;
  result.classList.remove('busy');
  result.removeAttribute('aria-busy');
  const waiting = one('#dx-waiting');
  if (waiting) waiting.textContent = '';
}
function refuse(words) {
  const said = one('#dx-refused');
  if (said && said.textContent !== words) said.textContent = words;
  one('#result')?.classList.toggle('refused', Boolean(words));
  if (words) { pending.clear(); settled(); shown(); }
}
"""
