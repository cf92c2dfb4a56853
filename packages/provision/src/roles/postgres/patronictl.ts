/** Patroni's own command, as the engine calls it on a node (as the user postgres). */
export const patroniConfig = '/etc/patroni/config.yml'

export const patronictl = (...words: string[]): string[] => ['patronictl', '-c', patroniConfig, ...words]
