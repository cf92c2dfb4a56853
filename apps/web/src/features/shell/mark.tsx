/** The mark: a bramble, drupelets in the places of a stack's nodes. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" className={className} aria-hidden="true" focusable="false">
      <path
        d="M16 7.5C14.5 4.5 11.5 3.4 8.6 3.8c.4 2.9 2.6 5 5.6 5.2M16 7.5c1.5-3 4.5-4.1 7.4-3.7-.4 2.9-2.6 5-5.6 5.2"
        className="fill-ok"
      />
      <g className="fill-primary">
        <circle cx="11" cy="12.4" r="4" />
        <circle cx="21" cy="12.4" r="4" />
        <circle cx="16" cy="14.6" r="4.2" />
        <circle cx="9.6" cy="18.6" r="4" />
        <circle cx="22.4" cy="18.6" r="4" />
        <circle cx="16" cy="21" r="4.2" />
        <circle cx="12" cy="24.6" r="3.6" />
        <circle cx="20" cy="24.6" r="3.6" />
        <circle cx="16" cy="27.4" r="3.2" />
      </g>
      <g className="fill-white/45">
        <circle cx="9.9" cy="11.2" r="1" />
        <circle cx="14.8" cy="13.2" r="1.1" />
        <circle cx="19.9" cy="11.2" r="1" />
        <circle cx="8.5" cy="17.4" r="1" />
        <circle cx="14.8" cy="19.6" r="1.1" />
        <circle cx="21.3" cy="17.4" r="1" />
      </g>
    </svg>
  )
}
