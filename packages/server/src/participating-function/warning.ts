/** A Warning value (RFC 3261 section 20.43) of code 399, which is for people: who says it, and what. */
export function warning(agent: string, text: string): string {
  const host = agent.includes(':') && !agent.startsWith('[') ? `[${agent}]` : agent;
  return `399 ${host} "${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
