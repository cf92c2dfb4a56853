/** Words and phrases that no text of Bramble uses, each with the better word. Matched without regard to case. */
export interface DeniedWord {
  pattern: RegExp
  better: string
}

const word = (source: string, better: string): DeniedWord => ({
  pattern: new RegExp(`\\b(?:${source})\\b`, 'gi'),
  better,
})

export const deniedWords: readonly DeniedWord[] = [
  // Foreign English.
  word('anew', 'again, new'),
  word('mend|mends|mended|mending', 'fix, correct, repair'),
  word('befall|befalls|befell', 'happen to'),
  word('told as', 'reported as'),
  word('tells? that', 'says that, reports that'),
  word('(?:break|breaks|broke|broken) off', 'abort, end early, close the connection'),
  word('at work', 'online, running'),
  word('whole', 'complete, entire, all; recovered'),
  word('stands', 'is, is shown'),
  word('lies', 'is, is stored'),
  word('away', 'unreachable, offline, unavailable'),
  word('in step', 'in sync'),
  word('(?:come|comes|came) through', 'succeed'),
  word('asked (?:for )?by', 'started by, requested by'),
  word('graver|gravest', 'more severe, most severe'),
  word('signs(?! (?:in|out|you)\\b)', 'symbols'),
  word('(?:may|must not|can|would) die|dies|died', 'fail, is lost, is killed'),
  word('under way', 'in progress'),
  word('as (?:it|they|everything) should be', 'up to date'),
  word('goes on|go on|went on|going on', 'continue, in progress'),
  word('load (?:the|this) page again', 'reload the page'),
  word('this could not be read', 'invalid input'),
  word('nobody (?:is|was) told', 'no notifications set up'),
  // The noun of the field.
  word('the way back', 'rollback'),
  word('furthest behind', 'largest replica lag'),
  word('voters?', 'etcd member'),
  word('copy of the database|copies of the database', 'replica'),
  word('(?:does|do|did) not answer', 'is unreachable, is not responding'),
  word('hand(?:s|ed|ing)? (?:(?:the primary|it) )?over', 'switch over, transfer'),
  word('(?:no|the|enough|much) room', 'free space'),
  word('second factor', 'two-factor authentication'),
  word('cures?', 'remedy, what to do'),
  // Private vocabulary.
  word('the watching', 'monitoring'),
  word('visitors?', 'client, user'),
  word('heirs?', 'failover candidate'),
  word('stewards?|witnesse?s?|farewells?', 'see the glossary'),
  // Spelling of the United States.
  word('colou?rs?(?<=our|ours)', 'color'),
  word('cancell(?:ed|ing)', 'canceled, canceling'),
  word('e-mails?', 'email'),
  word('(?:synchron|custom|serial|recogn|organ|initial|author|optim|minim)is(?:e|es|ed|ing|ation)', '-ize'),
  word('licence|behaviour|centre|grey', 'license, behavior, center, gray'),
]

/** Labels that are denied only where they are the entire text, as on a button. */
export const deniedLabels: readonly DeniedWord[] = [
  { pattern: /^(?:leave it(?: as it is)?|keep|keep it|keep them|let it go on)$/gi, better: 'Cancel' },
]
