// What the desk answers, whole or not at all: a line can break between the head of an answer and
// its words, and who asks has to know of it either way.

/** The answer with its `text`; null where there was none, or only a part of one. */
export async function fetched(url, options) {
  try {
    const answer = await fetch(url, options);
    const { ok, status, redirected, headers } = answer;
    return { ok, status, redirected, headers, text: await answer.text() };
  } catch {
    return null;
  }
}
