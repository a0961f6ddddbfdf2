/** Which translator this is: what was kept by another must not be read. */

/** Set by the bundlers of `scripts/`: a hash of all sources of `src/cpu`. */
declare const stilettoTranslatorBuild: string;

/** 64 hexadecimal digits; undefined where the sources run unbundled: then nothing is kept. */
export const translatorBuild: string | undefined =
  typeof stilettoTranslatorBuild === 'string' ? stilettoTranslatorBuild : undefined;
