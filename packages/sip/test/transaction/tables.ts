/** One arrow of a figure: from, on which event, to, with which effects. */
export type ArrowOf<State, Event> = readonly [State, Event, State, ...string[]];

/** Every pair of state and event that has no arrow: it has to be absorbed. */
export function unnamed<State extends string, Event extends string>(
  states: readonly State[],
  events: readonly Event[],
  arrows: readonly ArrowOf<State, Event>[],
): (readonly [State, Event])[] {
  const named = new Set(arrows.map(([from, event]) => `${from} ${event}`));
  return states.flatMap((state) =>
    events.filter((event) => !named.has(`${state} ${event}`)).map((event) => [state, event] as const),
  );
}
