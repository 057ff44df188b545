/** Line drawings on a field of 24 by 24. */
const PATHS = {
  people:
    'M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-7 9c0-4 3-6 7-6s7 2 7 6M16 3.5a4 4 0 0 1 0 7.4M18 14.3c2.5.7 4 2.6 4 5.7',
  chart: 'M9 3h6v5H9zM3 16h6v5H3zM15 16h6v5h-6zM12 8v4M6 16v-4h12v4',
  me: 'M12 12a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9Zm-8 9c0-4.5 3.5-7 8-7s8 2.5 8 7',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm5-2 5 5',
  right: 'm9 5 7 7-7 7',
  back: 'm15 5-7 7 7 7',
  close: 'M5 5l14 14M19 5 5 19',
  phone: 'M5 3h4l2 5-2.5 1.5a12 12 0 0 0 6 6L16 13l5 2v4c0 1-1 2-2 2C10 20.500 3.500 14 3 5c0-1 1-2 2-2Z',
  mail: 'M3 5h18v14H3zM3 6l9 7 9-7',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  star: 'm12 3 2.8 5.9 6.200.8-4.500 4.400 1.100 6.300L12 17.300 6.400 20.400l1.100-6.300L3 9.700l6.200-.8Z',
  admin: 'M4 7h9M19 7h1M4 17h1M11 17h9M16 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 20a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z',
  plus: 'M12 5v14M5 12h14',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  columns: 'M4 5h16v14H4zM10 5v14M15 5v14',
  down: 'm5 9 7 7 7-7',
  up: 'm5 15 7-7 7 7',
  department: 'M4 21V5l8-3v19M12 8h8v13M2 21h20M7 8h2M7 12h2M7 16h2M15 12h2M15 16h2',
} as const

export type IconName = keyof typeof PATHS

/** Says nothing to screen readers: what it means stands beside it, or is the label of its button. */
export function Icon({
  name,
  size = 20,
  filled = false,
}: {
  name: IconName
  size?: number
  filled?: boolean
}) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill={filled ? 'currentColor' : 'none'}
      stroke="currentColor"
      strokeWidth={1.7}
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={PATHS[name]} />
    </svg>
  )
}
