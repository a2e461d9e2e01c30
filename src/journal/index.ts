/** Where the events of executions are kept: adapters of the journal port. */
export { DEFAULT_LIMIT, MemoryJournal, type MemoryJournalOptions } from './memory.ts';
