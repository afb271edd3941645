export type RevokedRefresh = { masked: string, problem: string | null, };
