import type { ReactNode } from "react";

export function SignInFrame({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="flex min-h-dvh items-center justify-center p-4">
      <div className="panel w-full max-w-lg p-8">
        <p className="text-[19px] font-semibold tracking-tight">
          <span className="mr-1.5 font-serif text-accent italic">η</span>Etalon
        </p>
        <h1 className="mt-6">{title}</h1>
        {children}
      </div>
    </main>
  );
}
