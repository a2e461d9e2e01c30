/** Where the events of executions are kept: adapters of the journal port. */
export { MemoryJournal, type MemoryJournalOptions } from './memory.ts';
