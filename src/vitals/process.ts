import { counter, gauge, type Family } from './exposition.ts'

/** The process, under the names that Prometheus uses everywhere. */
export function processFamilies(worstStallMs: number): Family[] {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage()
  return [
    counter('process_cpu_seconds_total', 'CPU time used.', (user + system) / 1e6),
    gauge('process_resident_memory_bytes', 'Memory in RAM.', rss),
    gauge('process_start_time_seconds', 'When the process began.', Date.now() / 1000 - process.uptime()),
    gauge('nodejs_heap_size_used_bytes', 'Heap in use.', heapUsed),
    gauge('nodejs_heap_size_total_bytes', 'Heap reserved.', heapTotal),
    gauge('nodejs_external_memory_bytes', 'Memory of buffers and the like.', external),
    gauge(
      'dolores_event_loop_worst_stall_seconds',
      'Longest time of the last one or two minutes in which nothing was answered.',
      worstStallMs / 1000,
    ),
  ]
}
