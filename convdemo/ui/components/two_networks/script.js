/**
 * @typedef {{picture: string | null, answers: object[], charts: object[], problem?: string, values?: object}} Reply
 */

/** @type {import("../shared.js").Mount<object, {shows: string[]}, {answer: (asked: object | null) => Promise<Reply>}>} */
export function mount({ element, props, watch, server }, { answered, find, latest, onLanguage, speaker, tell }) {
  const say = speaker(props.words);
  const picture = /** @type {HTMLImageElement} */ (find(element, ".moved"));
  const caption = find(element, "figcaption");

  const ask = latest(async () => {
    if (!props.value || !element.isConnected) return;
    const { problem, values = {}, picture: moved, answers = [], charts } = await answered(server.answer, props.value);
    if (problem) {
      for (const id of props.shows) tell(id, "say", { sentence: [`problem.${problem}`, values], busy: false });
      return;
    }
    picture.hidden = !moved;
    if (moved) picture.src = moved;
    for (const [place, answer] of answers.entries()) tell(props.shows[place], "answer", answer);
    tell(props.shows[answers.length], "curves", charts);
  });

  function speak() {
    picture.alt = caption.textContent = say("moved");
  }

  watch("value", ask);
  onLanguage(element, speak);
  speak();
  ask();
}
