/** Who opens the connection (RFC 4145, RFC 6135 section 4.2). */
export type Setup = 'active' | 'passive' | 'actpass';

/**
 * What to answer to an offer. Without a=setup the offerer connects (RFC 4975 section 5.4); `preferred` decides where
 * the offer leaves the choice.
 */
export function answerSetup(
  offered: Setup | undefined,
  preferred: 'active' | 'passive',
): 'active' | 'passive' {
  if (offered === 'actpass') return preferred;
  // An offer may not say `passive`, and some do.
  return offered === 'passive' ? 'active' : 'passive';
}

/** The offerer's part once the answer is there. An answer without a=setup knows nothing of the choice. */
export function roleOfOfferer(offered: Setup | undefined, answered: Setup | undefined): 'active' | 'passive' {
  if (answered === 'active') return 'passive';
  if (answered === 'passive') return 'active';
  return offered === 'passive' ? 'passive' : 'active';
}
