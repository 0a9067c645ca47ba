// Text that is not proposed yet, kept in this browser: one draft for each prompt of a site.

const key = (name) => `cuebook:draft:${location.pathname}:${name}`;

/** The draft of a prompt: {base, state, saved}; null when there is none that can be read. */
export function readDraft(name, like) {
  try {
    const draft = JSON.parse(localStorage.getItem(key(name)));
    return draft && fits(draft.state, like) ? draft : null;
  } catch {
    return null;
  }
}

/** Keep a draft, or drop it when there is nothing in it. Says whether the browser let us. */
export function keepDraft(name, draft) {
  try {
    if (draft) localStorage.setItem(key(name), JSON.stringify(draft));
    else localStorage.removeItem(key(name));
    return true;
  } catch {
    return false;
  }
}

// Whether a stored state has the shape of the form; an older page may have left another.
function fits(found, like) {
  const alike = (a, b) => Object.keys(b).every((key) => typeof a?.[key] === typeof b[key] && a[key] !== null);
  for (const item of found?.messages ?? []) item.kept ??= ""; // drafts of before had no messages that are only shown
  const message = like.messages[0];
  return alike(found, like) && alike(found.schema, like.schema) && found.messages.every?.((item) => alike(item, message));
}
