import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// The window's content policy allows scripts and styles from the bundle alone, so nothing may be inlined.
export default defineConfig({
  plugins: [react()],
  build: {
    target: ["es2022", "safari16"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 900,
  },
  worker: { format: "es" },
  server: { port: 5173, strictPort: true },
  // A busy machine is no failure: a test is stuck after a minute, and slow before.
  test: { include: ["src/**/*.test.{ts,tsx}"], css: true, testTimeout: 60_000 },
});
