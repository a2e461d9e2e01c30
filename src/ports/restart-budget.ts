/** What a supervisor may still spend on restarts before it gives up. */
export interface RestartBudget {
  /** The supervisor's. */
  readonly id: string;
  /** Restarts that it bears at this moment. */
  readonly restartsLeft: number;
  /** Restarts that it bears within its period. */
  readonly intensity: number;
}
